/** Reads the pixel size of a PNG, JPEG, GIF or WebP from its first bytes; `null` if unreadable. */
export type PixelSize = { readonly width: number; readonly height: number };

/** A JPEG's frame header stands behind its metadata; we look no further than this. */
const JPEG_SEGMENTS_MAX = 64;

export function imageSize(bytes: Buffer): PixelSize | null {
  if (bytes.length < 30) return null;
  if (bytes.readUInt32BE(0) === 0x89504e47)
    return sized(bytes.readUInt32BE(16), bytes.readUInt32BE(20));
  const head = bytes.toString("latin1", 0, 4);
  if (head === "GIF8") return sized(bytes.readUInt16LE(6), bytes.readUInt16LE(8));
  if (head === "RIFF") return webpSize(bytes);
  return bytes.readUInt16BE(0) === 0xffd8 ? jpegSize(bytes) : null;
}

function sized(width: number, height: number): PixelSize | null {
  return width > 0 && height > 0 ? { width, height } : null;
}

function webpSize(bytes: Buffer): PixelSize | null {
  const format = bytes.toString("latin1", 12, 16);
  if (format === "VP8X") return sized(bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1);
  if (format === "VP8 ") {
    return sized(bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff);
  }
  if (format !== "VP8L") return null;
  const bits = bytes.readUInt32LE(21);
  return sized((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
}

function jpegSize(bytes: Buffer): PixelSize | null {
  let offset = 2;
  for (let segment = 0; segment < JPEG_SEGMENTS_MAX && offset + 9 < bytes.length; segment += 1) {
    const marker = bytes.readUInt16BE(offset);
    const isFrame =
      marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame) return sized(bytes.readUInt16BE(offset + 7), bytes.readUInt16BE(offset + 5));
    offset += 2 + bytes.readUInt16BE(offset + 2);
  }
  return null;
}
