/** The field paths and JSON types of a body: `usage.input_tokens number`, `content[text].text string`. */
import { isJsonObject, type JsonValue } from "../../src/base/index.ts";

/** Below these a body holds what its sender made up, not what the API defines. */
const OPEN_PATHS = [/\.input$/, /input_schema$/];
/** These objects are told apart by their `type`, as blocks in a list are. */
const TYPED_KEYS: ReadonlySet<string> = new Set(["delta", "content_block"]);

export function shapesOf(value: JsonValue | undefined, path: string): readonly string[] {
  if (OPEN_PATHS.some((open) => open.test(path))) return [`${path} open`];
  if (Array.isArray(value)) {
    const entries = value.flatMap((entry: JsonValue) =>
      shapesOf(entry, `${path}[${typeOf(entry)}]`),
    );
    return [`${path} array`, ...entries];
  }
  if (!isJsonObject(value)) return [`${path} ${value === null ? "null" : typeof value}`];
  const fields = Object.entries(value).flatMap(([key, inner]) => {
    const label = TYPED_KEYS.has(key) ? `<${typeOf(inner)}>` : "";
    return shapesOf(inner, `${path}.${key}${label}`);
  });
  return [`${path} object`, ...fields];
}

function typeOf(value: JsonValue | undefined): string {
  return isJsonObject(value) && typeof value.type === "string" ? value.type : "";
}

/** The events of a server-sent-events transcript, each with its own path. */
export function shapesOfStream(transcript: string): readonly string[] {
  return transcript.split("\n").flatMap((line) => {
    if (!line.startsWith("data:")) return [];
    try {
      const event = JSON.parse(line.slice("data:".length)) as JsonValue;
      return shapesOf(event, typeOf(event));
    } catch {
      return [];
    }
  });
}
