/**
 * The smallest HTTP/1.1 client that can drive a load: one keep-alive socket, a request made of bytes
 * prepared beforehand, and just enough parsing to know when the answer begins and ends. It costs
 * little, because it shares a core with the upstream.
 */
import { connect, type Socket } from "node:net";

export type Timing = {
  readonly status: number;
  /** Milliseconds from sending to the first byte of the answer's body. */
  readonly firstByteMs: number;
  readonly totalMs: number;
};

const HEAD_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");
const TAIL_BYTES = 5;

export class RawConnection {
  readonly #socket: Socket;
  #resolve: ((timing: Timing) => void) | null = null;
  #reject: ((error: Error) => void) | null = null;
  #head: Buffer = Buffer.alloc(0);
  #bodyLeft = -1;
  #status = 0;
  #tail: Buffer = Buffer.alloc(0);
  #sentAt = 0;
  #firstByteAt = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#take(bytes));
    socket.on("error", (error) => this.#reject?.(error));
    socket.on("close", () => this.#reject?.(new Error("the connection was closed")));
  }

  static open(port: number): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => resolve(new RawConnection(socket)));
      socket.once("error", reject);
    });
  }

  send(request: Buffer): Promise<Timing> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#head = Buffer.alloc(0);
      this.#bodyLeft = -1;
      this.#status = 0;
      this.#tail = Buffer.alloc(0);
      this.#firstByteAt = 0;
      this.#sentAt = performance.now();
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#reject = null;
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    const body = this.#status === 0 ? this.#takeHead(bytes) : bytes;
    if (body === null || this.#status === 0) return;
    if (body.length > 0 && this.#firstByteAt === 0) this.#firstByteAt = performance.now();
    if (this.#takeBody(body)) this.#finish();
  }

  /** The bytes after the head once it is whole, else null. */
  #takeHead(bytes: Buffer): Buffer | null {
    this.#head = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) return null;
    const head = this.#head.toString("latin1", 0, end);
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    this.#bodyLeft = length === null ? -1 : Number(length[1]);
    return this.#head.subarray(end + HEAD_END.length);
  }

  #takeBody(body: Buffer): boolean {
    if (this.#bodyLeft >= 0) {
      this.#bodyLeft -= body.length;
      return this.#bodyLeft <= 0;
    }
    const joined = body.length >= TAIL_BYTES ? body : Buffer.concat([this.#tail, body]);
    this.#tail = joined.subarray(-TAIL_BYTES);
    return this.#tail.equals(LAST_CHUNK);
  }

  #finish(): void {
    const now = performance.now();
    const timing = {
      status: this.#status,
      firstByteMs: (this.#firstByteAt || now) - this.#sentAt,
      totalMs: now - this.#sentAt,
    };
    this.#reject = null;
    this.#resolve?.(timing);
  }
}
