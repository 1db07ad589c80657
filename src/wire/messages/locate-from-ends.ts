/**
 * Finds a few blocks of a Messages body without reading all of its outline: markers go to the first
 * blocks of a prompt and to its last, and what lies between is most of the bytes. Tools and system are
 * read whole, `messages` from its last one up, as far as is asked. JSON can be read backwards: before a
 * closing quote, the next quote without a backslash of its own is the opening one.
 */
import { blocksAt, type LocatedBlock, membersBefore, NotPlain } from "./locate-blocks.ts";

/** What reading the request told of its body. */
export type BodyShape = {
  /** The names of its members, in the order of the bytes. */
  readonly members: readonly string[];
  /** Blocks of tools and system together, and of all. */
  readonly outsideCount: number;
  readonly blockCount: number;
};

/**
 * The blocks at these places of the prompt; `null` when what was read of the outline is not plain, or
 * is not what `shape` says. Of messages that were not come to, nothing is known; of two lists of them
 * the last is read, which is the one that JSON stands for.
 */
export function locateFromEnds(
  bytes: Uint8Array,
  shape: BodyShape,
  places: readonly number[],
): ReadonlyMap<number, LocatedBlock> | null {
  try {
    return new FromEnds(bytes, shape).find(places);
  } catch (error) {
    if (error instanceof NotPlain) return null;
    throw error;
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** A member by the offsets of its name, without quotes, and of its value. */
type MetMember = { readonly name: string; readonly valueStart: number };

class FromEnds {
  readonly #bytes: Uint8Array;
  readonly #shape: BodyShape;
  /** Behind the next byte that is looked at. */
  #at: number;

  constructor(bytes: Uint8Array, shape: BodyShape) {
    this.#bytes = bytes;
    this.#shape = shape;
    this.#at = bytes.length;
  }

  find(places: readonly number[]): ReadonlyMap<number, LocatedBlock> {
    const found = new Map<number, LocatedBlock>();
    const { members, outsideCount } = this.#shape;
    const messagesAt = members.indexOf("messages");
    if (messagesAt === -1) throw new NotPlain();
    const head = membersBefore(this.#bytes, "messages");
    const tail = this.#membersBehind(members.length - messagesAt - 1);
    const named = [...head, { name: "messages" }, ...tail];
    const isAsRead = named.every(({ name }, index) => name === members[index]);
    if (!isAsRead || named.length !== members.length) throw new NotPlain();
    this.#findOutside([...head, ...tail], found);
    if (found.size !== outsideCount) throw new NotPlain();
    this.#findInMessages(Math.min(...places.filter((place) => place >= outsideCount)), found);
    return found;
  }

  #findOutside(members: readonly MetMember[], found: Map<number, LocatedBlock>): void {
    for (const section of ["tools", "system"]) {
      const member = members.find(({ name }) => name === section);
      if (member === undefined) continue;
      for (const block of blocksAt(this.#bytes, member.valueStart)) found.set(found.size, block);
    }
  }

  /** The last members of the body, in the order of the bytes. */
  #membersBehind(count: number): readonly MetMember[] {
    this.#space();
    this.#take(CLOSE_OBJECT);
    const members: MetMember[] = [];
    for (let left = count; left > 0; left -= 1) {
      members.unshift(this.#member());
      this.#space();
      this.#take(COMMA);
    }
    return members;
  }

  /** Down to the block at `first`, which is `Infinity` when none is asked for. */
  #findInMessages(first: number, found: Map<number, LocatedBlock>): void {
    let next = this.#shape.blockCount;
    if (first >= next) return;
    this.#space();
    this.#take(CLOSE_LIST);
    for (;;) {
      this.#space();
      for (const block of this.#message().toReversed()) {
        next -= 1;
        found.set(next, block);
      }
      if (next <= first) return;
      this.#space();
      this.#take(COMMA);
    }
  }

  #message(): readonly LocatedBlock[] {
    this.#take(CLOSE_OBJECT);
    const seen = new Set<string>();
    let contentStart: number | null = null;
    for (;;) {
      const { name, valueStart } = this.#member();
      if (seen.has(name)) throw new NotPlain();
      seen.add(name);
      if (name === "content") contentStart = valueStart;
      this.#space();
      if (this.#byte() === OPEN_OBJECT) break;
      this.#take(COMMA);
    }
    this.#take(OPEN_OBJECT);
    return contentStart === null ? [] : blocksAt(this.#bytes, contentStart);
  }

  #member(): MetMember {
    this.#space();
    this.#value();
    const valueStart = this.#at;
    this.#space();
    this.#take(COLON);
    this.#space();
    const end = this.#at - 1;
    this.#string();
    return { name: this.#name(this.#at + 1, end), valueStart };
  }

  #name(start: number, end: number): string {
    let name = "";
    for (let at = start; at < end; at += 1) {
      const byte = this.#bytes[at] ?? 0;
      if (byte === BACKSLASH) throw new NotPlain();
      name += String.fromCharCode(byte);
    }
    return name;
  }

  #value(): void {
    let depth = 0;
    do {
      const byte = this.#byte();
      if (byte === QUOTE) {
        this.#string();
        continue;
      }
      if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth += 1;
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth -= 1;
      else if (depth === 0) {
        this.#literal();
        return;
      }
      this.#at -= 1;
    } while (depth > 0);
  }

  #literal(): void {
    for (;;) {
      const byte = this.#byte();
      if (byte <= 0x20 || byte === COLON || byte === COMMA || byte === OPEN_LIST) return;
      this.#at -= 1;
    }
  }

  #string(): void {
    this.#take(QUOTE);
    for (;;) {
      const quote = this.#at < 1 ? -1 : this.#bytes.lastIndexOf(QUOTE, this.#at - 1);
      if (quote === -1) throw new NotPlain();
      let before = quote;
      while (before > 0 && this.#bytes[before - 1] === BACKSLASH) before -= 1;
      this.#at = quote;
      if ((quote - before) % 2 === 0) return;
    }
  }

  #space(): void {
    for (;;) {
      const byte = this.#bytes[this.#at - 1];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at -= 1;
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at - 1];
    if (byte === undefined) throw new NotPlain();
    return byte;
  }

  #take(expected: number): void {
    if (this.#byte() !== expected) throw new NotPlain();
    this.#at -= 1;
  }
}
