import { type Random, randomInteger } from "../../base/index.ts";

const ID_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789";

/** Letters as ids and signatures have them. */
export function letters(random: Random, length: number): string {
  let text = "";
  for (let index = 0; index < length; index += 1) {
    text += ID_LETTERS[randomInteger(random, 0, ID_LETTERS.length - 1)] ?? "A";
  }
  return text;
}
