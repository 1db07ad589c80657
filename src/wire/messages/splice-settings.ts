/**
 * Puts other settings into a request's bytes: the model, `max_tokens`, the effort. Nothing is written
 * anew: every byte outside an edit is the client's own.
 */
import { applyEdits, type Edit } from "./edits.ts";
import { locateMembers, type NamedMember } from "./locate-blocks.ts";

export type SplicedSettings = {
  readonly model?: string;
  readonly maxTokens?: number;
  readonly effort?: string;
  readonly stream?: boolean;
};

/** `null` when the body's outline is not plain; then it stays as it is. */
export function spliceSettings(
  body: Uint8Array,
  settings: SplicedSettings,
  allocate?: (bytes: number) => Uint8Array,
): Uint8Array | null {
  const members = locateMembers(body);
  if (members === null || members.length === 0) return null;
  const edits: Edit[] = [];
  if (settings.model !== undefined) edits.push(setting(members, "model", asText(settings.model)));
  if (settings.maxTokens !== undefined) {
    edits.push(setting(members, "max_tokens", String(settings.maxTokens)));
  }
  if (settings.stream !== undefined) {
    edits.push(setting(members, "stream", String(settings.stream)));
  }
  if (settings.effort !== undefined) {
    const edit = effortEdit(body, members, settings.effort);
    if (edit === null) return null;
    edits.push(edit);
  }
  return applyEdits(body, edits, allocate);
}

/** JSON in ASCII. */
function asText(value: string): string {
  return JSON.stringify(value).replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Replaces the member's value, or adds the member behind the last one. */
function setting(members: readonly NamedMember[], name: string, text: string): Edit {
  const own = members.find((member) => member.name === name);
  if (own !== undefined) return { start: own.valueStart, end: own.end, text };
  const at = members.at(-1)?.end ?? 0;
  return { start: at, end: at, text: `,"${name}":${text}` };
}

const OPEN_OBJECT = 0x7b;

/** The effort stands inside `output_config`. `null` when that is not plain. */
function effortEdit(
  body: Uint8Array,
  members: readonly NamedMember[],
  effort: string,
): Edit | null {
  const text = asText(effort);
  const config = members.find(({ name }) => name === "output_config");
  if (config === undefined || body[config.valueStart] !== OPEN_OBJECT) {
    return setting(members, "output_config", `{"effort":${text}}`);
  }
  const inner = locateMembers(body, config.valueStart);
  if (inner === null) return null;
  if (inner.length > 0) return setting(inner, "effort", text);
  return { start: config.valueStart, end: config.end, text: `{"effort":${text}}` };
}
