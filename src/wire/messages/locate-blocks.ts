/**
 * Finds where the blocks of a Messages body stand in its bytes, so that an edit can be made at a known
 * offset. It reads the body's outline only: what is inside a block is passed over. The body is known
 * to be JSON; where its outline is not plain (a key twice, a key with an escape), there is no answer.
 */

/** A member `"name": value` of an object, by byte offsets; `end` is behind the value. */
export type LocatedMember = {
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
  /** Offset of the comma before or after it; -1 where there is none. */
  readonly commaBefore: number;
  readonly commaAfter: number;
};

export type LocatedBlock = {
  readonly start: number;
  /** Behind the closing brace or quote. */
  readonly end: number;
  /** A text that stands for a list of one text block. */
  readonly isText: boolean;
};

/** What an edit must know of the inside of a block. */
export type LocatedInside = {
  readonly isEmpty: boolean;
  readonly marker: LocatedMember | null;
};

export type LocatedPrompt = {
  /** In the order tools, system, messages, wherever these stand in the body. */
  readonly blocks: readonly LocatedBlock[];
  /** The top-level `cache_control`. */
  readonly automatic: LocatedMember | null;
};

/** A JSON text by byte offsets, from its opening quote to behind its closing one. */
export type LocatedText = { readonly start: number; readonly end: number };

/** `null` when the outline is not plain. */
export function locateBlocks(bytes: Uint8Array): LocatedPrompt | null {
  try {
    return new Outline(bytes).read();
  } catch (error) {
    if (error instanceof NotPlain) return null;
    throw error;
  }
}

/** Looks into one block; `null` when it is not plain. */
export function locateInside(bytes: Uint8Array, block: LocatedBlock): LocatedInside | null {
  try {
    return new Outline(bytes, block.start).inside();
  } catch (error) {
    if (error instanceof NotPlain) return null;
    throw error;
  }
}

/** Where the text of a block stands, its quotes included; `null` when it has none or is not plain. */
export function locateText(bytes: Uint8Array, block: LocatedBlock): LocatedText | null {
  try {
    return new Outline(bytes, block.start).text();
  } catch (error) {
    if (error instanceof NotPlain) return null;
    throw error;
  }
}

/** A member with its name, in its place. */
export type NamedMember = LocatedMember & { readonly name: string };

/** The members of the object that begins at `start`, the body itself by default; `null` when not plain. */
export function locateMembers(bytes: Uint8Array, start = 0): readonly NamedMember[] | null {
  try {
    return new Outline(bytes, start).members();
  } catch (error) {
    if (error instanceof NotPlain) return null;
    throw error;
  }
}

/** The members of the body that stand before the one with this name, which must be there. */
export function membersBefore(bytes: Uint8Array, name: string): readonly NamedMember[] {
  return new Outline(bytes).before(name);
}

/** The blocks of the list or the text that begins at `start`. */
export function blocksAt(bytes: Uint8Array, start: number): readonly LocatedBlock[] {
  return new Outline(bytes, start).blocks();
}

/** Thrown and caught in here: the outline is one that no serialiser writes. */
export class NotPlain extends Error {}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const LETTER_N = 0x6e;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const CONTENT_KEY = 1;
const ROLE_KEY = 2;
const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
/** Bytes of a string that are walked before the platform's own search is asked for its end. */
const WALK_BYTES = 16;

class Outline {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  members(): readonly NamedMember[] {
    this.#space();
    return this.#object(() => this.#value());
  }

  before(last: string): readonly NamedMember[] {
    this.#space();
    this.#take(OPEN_OBJECT);
    const members: NamedMember[] = [];
    for (let commaBefore = -1; ; ) {
      let isLast = false;
      const member = this.#member(commaBefore, (name) => {
        isLast = name === last;
        if (!isLast) this.#value();
      });
      if (isLast) return members;
      if (member.commaAfter === -1) throw new NotPlain();
      members.push(member);
      commaBefore = member.commaAfter;
    }
  }

  blocks(): readonly LocatedBlock[] {
    const blocks: LocatedBlock[] = [];
    this.#content(blocks);
    return blocks;
  }

  inside(): LocatedInside {
    const members = this.#object(() => this.#value());
    const marker = members.find(({ name }) => name === "cache_control") ?? null;
    return { isEmpty: members.length === 0, marker };
  }

  text(): LocatedText | null {
    let found: LocatedText | null = null;
    this.#object((name) => {
      const start = this.#at;
      const isText = name === "text" && this.#byte() === QUOTE;
      this.#value();
      if (isText) found = { start, end: this.#at };
    });
    return found;
  }

  read(): LocatedPrompt {
    const tools: LocatedBlock[] = [];
    const system: LocatedBlock[] = [];
    const messages: LocatedBlock[] = [];
    this.#space();
    const members = this.#object((name) => {
      if (name === "tools") this.#list(() => tools.push(this.#block()));
      else if (name === "system") this.#content(system);
      else if (name === "messages") this.#list(() => this.#message(messages));
      else this.#value();
    });
    this.#space();
    if (this.#at !== this.#bytes.length) throw new NotPlain();
    return {
      blocks: [...tools, ...system, ...messages],
      automatic: members.find(({ name }) => name === "cache_control") ?? null,
    };
  }

  /**
   * There are many messages in a prompt, so nothing is kept of their members: `content` and `role`
   * decide what a message is, and stand in it once.
   */
  #message(blocks: LocatedBlock[]): void {
    this.#take(OPEN_OBJECT);
    let seen = 0;
    do {
      this.#space();
      const start = this.#at;
      if (this.#byte() !== QUOTE) throw new NotPlain();
      this.#string();
      const key = this.#messageKey(start + 1, this.#at - 1);
      if ((seen & key) !== 0) throw new NotPlain();
      seen |= key;
      this.#space();
      this.#take(COLON);
      this.#space();
      if (key === CONTENT_KEY) this.#content(blocks);
      else this.#value();
      this.#space();
    } while (this.#isComma());
    this.#take(CLOSE_OBJECT);
  }

  #isComma(): boolean {
    if (this.#bytes[this.#at] !== COMMA) return false;
    this.#at += 1;
    return true;
  }

  #messageKey(start: number, end: number): number {
    const name = end - start === 7 || end - start === 4 ? this.#name(start, end) : "";
    if (name === "content") return CONTENT_KEY;
    if (name === "role") return ROLE_KEY;
    // A longer one may be one of them in disguise.
    for (let at = start; at < end; at += 1) {
      if (this.#bytes[at] === BACKSLASH) throw new NotPlain();
    }
    return 0;
  }

  /** A text, a list of blocks, or nothing. */
  #content(blocks: LocatedBlock[]): void {
    if (this.#byte() !== QUOTE) {
      this.#list(() => blocks.push(this.#block()));
      return;
    }
    const start = this.#at;
    this.#string();
    blocks.push({ start, end: this.#at, isText: true });
  }

  #block(): LocatedBlock {
    const start = this.#at;
    if (this.#byte() !== OPEN_OBJECT) throw new NotPlain();
    this.#value();
    return { start, end: this.#at, isText: false };
  }

  /** Walks an object; `onValue` must pass over the value it is called at. */
  #object(onValue: (name: string) => void): readonly NamedMember[] {
    this.#take(OPEN_OBJECT);
    const members: NamedMember[] = [];
    let commaBefore = -1;
    this.#space();
    if (this.#byte() === CLOSE_OBJECT) this.#at += 1;
    else {
      for (;;) {
        const member = this.#member(commaBefore, onValue);
        if (members.some(({ name }) => name === member.name)) throw new NotPlain();
        members.push(member);
        if (member.commaAfter === -1) break;
        commaBefore = member.commaAfter;
      }
      this.#take(CLOSE_OBJECT);
    }
    return members;
  }

  #member(commaBefore: number, onValue: (name: string) => void): NamedMember {
    this.#space();
    const start = this.#at;
    if (this.#byte() !== QUOTE) throw new NotPlain();
    this.#string();
    const name = this.#name(start + 1, this.#at - 1);
    this.#space();
    this.#take(COLON);
    this.#space();
    const valueStart = this.#at;
    onValue(name);
    const end = this.#at;
    this.#space();
    const commaAfter = this.#byte() === COMMA ? this.#at : -1;
    if (commaAfter !== -1) this.#at += 1;
    return { name, start, valueStart, end, commaBefore, commaAfter };
  }

  /** A key with an escape could mean a key that we look for; no client writes one. */
  #name(start: number, end: number): string {
    let name = "";
    for (let at = start; at < end; at += 1) {
      const byte = this.#bytes[at] ?? 0;
      if (byte === BACKSLASH) throw new NotPlain();
      name += ASCII[byte] ?? String.fromCharCode(byte);
    }
    return name;
  }

  #list(onItem: () => void): void {
    if (this.#byte() === LETTER_N) {
      this.#value();
      return;
    }
    this.#take(OPEN_LIST);
    this.#space();
    if (this.#byte() === CLOSE_LIST) {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.#space();
      onItem();
      this.#space();
      if (this.#byte() !== COMMA) break;
      this.#at += 1;
    }
    this.#take(CLOSE_LIST);
  }

  /** Passes over any value, however deep, without recursion. */
  #value(): void {
    const first = this.#byte();
    if (first !== OPEN_OBJECT && first !== OPEN_LIST && first !== QUOTE) {
      this.#literal();
      return;
    }
    this.#at = valueEnd(this.#bytes, this.#at);
  }

  #literal(): void {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined || byte <= 0x20) return;
      if (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST) return;
      this.#at += 1;
    }
  }

  #string(): void {
    this.#at = stringEnd(this.#bytes, this.#at);
  }

  #space(): void {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at += 1;
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new NotPlain();
    return byte;
  }

  #take(expected: number): void {
    if (this.#bytes[this.#at] !== expected) throw new NotPlain();
    this.#at += 1;
  }
}

/** Behind an object, a list or a text, however deep. Plain variables, because every byte comes by. */
function valueEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  let depth = 0;
  do {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
      continue;
    }
    if (byte === undefined) throw new NotPlain();
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth -= 1;
    at += 1;
  } while (depth > 0);
  return at;
}

/** From an opening quote to behind its closing one. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  // A text full of escaped quotes is soon walked alone: each search costs as much as many steps.
  for (let walk = WALK_BYTES; ; walk *= 2) {
    const walkEnd = at + walk;
    for (; at < walkEnd; at += 1) {
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      if (byte === BACKSLASH) at += 1;
    }
    // No quote for a while: the platform's own search is faster until the next one.
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1) throw new NotPlain();
    let before = quote - 1;
    while (before >= at && bytes[before] === BACKSLASH) before -= 1;
    if ((quote - before) % 2 === 1) return quote + 1;
    at = quote + 1;
  }
}
