import { z } from "zod";
import { type Instant, instant, newKeyId, PurserError } from "../../base/index.ts";
import type { Catalogue } from "../../domain/catalogue/index.ts";
import type { NewVirtualKey } from "../../stores/contracts/index.ts";
import { readMoment } from "../moment.ts";
import { defineOperation } from "../operation.ts";
import { keyOutput, secretOutput, toKeyOutput } from "./key-output.ts";
import { limitFields, limitsOf } from "./limit-fields.ts";
import { mintSecret } from "./mint-secret.ts";

const LABEL_CHARACTERS_MAX = 128;
const LIST_MAX = 100;
const TAGS_MAX = 16;

const label = (says: string) =>
  z
    .string()
    .trim()
    .min(1)
    .max(LABEL_CHARACTERS_MAX)
    .regex(/^\P{Cc}+$/u, "has control characters")
    .optional()
    .describe(says);

const input = z.strictObject({
  name: z
    .string()
    .regex(/^(?!vk_|purser_)[\w][\w .:@/+-]{0,62}$/, "is not a name of up to 63 plain characters")
    .describe("What people and reports call it; used once, also after it is revoked."),
  owner: label("Who answers for the key. Not put on calls."),
  user: label("Put on every call as its user; left to the client if unsaid."),
  userType: label("Put on every call as its user type."),
  team: label("Put on every call as its team."),
  tags: z
    .array(z.string().max(400))
    .max(TAGS_MAX)
    .default([])
    .describe('Put on every call: "plan=free".'),
  mayOverride: z
    .boolean()
    .default(false)
    .describe("Let a client's own x-purser-* labels go before those of the key."),
  models: z
    .array(z.string().min(1).max(LABEL_CHARACTERS_MAX))
    .min(1)
    .max(LIST_MAX)
    .optional()
    .describe("The models that it may ask for; all if unsaid."),
  endpoints: z
    .array(z.string().trim().min(1).max(LABEL_CHARACTERS_MAX))
    .min(1)
    .max(LIST_MAX)
    .optional()
    .describe("The values of x-purser-endpoint that it may name; all if unsaid."),
  expires: z
    .string()
    .max(40)
    .optional()
    .describe("When it ends: a day, a time with its zone, or 90d from now; never if unsaid."),
  ...limitFields,
});

export const keysCreate = defineOperation({
  name: "keys-create",
  path: ["keys", "create"],
  title: "Make a virtual key",
  summary:
    "Makes a key for a team, a program or a person; the provider's own key stays with Purser.",
  effects: "changes",
  positional: "name",
  input,
  output: z.object({ secret: secretOutput, key: keyOutput }),
  examples: [
    {
      says: "for a team, with labels and an end",
      input: { name: "care", team: "care", expires: "90d" },
    },
    {
      says: "for one feature: one model, one endpoint, sixty calls a minute",
      input: {
        name: "support-chat",
        team: "care",
        models: ["claude-haiku-5-5"],
        endpoints: ["support-chat"],
        requestsPerMinute: 60,
      },
    },
  ],
  async run(given, context) {
    const now = context.clock.now();
    const { text, secret } = mintSecret(context.fillRandom, now);
    const created: NewVirtualKey = {
      id: newKeyId(now, context.fillRandom),
      name: given.name,
      owner: given.owner ?? null,
      user: given.user ?? null,
      team: given.team ?? null,
      userType: given.userType ?? null,
      tags: tagsOf(given.tags),
      mayOverride: given.mayOverride,
      models: given.models === undefined ? null : modelIds(given.models, context.catalogue()),
      endpoints: given.endpoints ?? null,
      limits: limitsOf(given),
      createdAt: now,
      expiresAt: given.expires === undefined ? null : readEnd(given.expires, now),
      secret,
    };
    const state = await context.state({ create: true });
    await state.keys.create(created);
    const key = { ...created, revokedAt: null, secrets: [secret] };
    return { secret: text, key: toKeyOutput(key, now) };
  },
});

/** A model's own id, so that a call may name it by any of its names. Errors: `MODEL_UNKNOWN`. */
function modelIds(models: readonly string[], catalogue: Catalogue): readonly string[] {
  const ids = models.map((model) => {
    const resolution = catalogue.resolve(model);
    if (resolution.kind === "known") return resolution.facts.id;
    throw new PurserError("MODEL_UNKNOWN", {
      what: `no model is called "${model}"`,
      where: "models",
    });
  });
  return [...new Set(ids)];
}

const TAG = /^(?!__proto__=)([a-z0-9_][a-z0-9_.-]{0,63})=(\P{Cc}{1,256})$/u;

/** Errors: `OPERATION_INPUT_INVALID`. */
function tagsOf(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = TAG.exec(text.trim()) ?? [];
      if (name !== undefined && value !== undefined) return [name, value.trim()];
      throw new PurserError("OPERATION_INPUT_INVALID", {
        what: `"${text.slice(0, 60)}" is not a tag`,
        where: "keys-create tags",
        mend: "Write name=value; a name has lower-case letters, digits, dots, dashes and underscores.",
      });
    }),
  );
}

/** A distance counts forward here. Errors: `OPERATION_TIME_INVALID`. */
function readEnd(text: string, now: Instant): Instant {
  const read = readMoment(text, now, "expires");
  const end = /^\d+[mhdw]$/.test(text) ? instant(now + (now - read)) : read;
  if (end > now) return end;
  throw new PurserError("OPERATION_TIME_INVALID", {
    what: "the key would have ended already",
    where: "expires",
    mend: "Write a day to come, or a distance from now such as 90d.",
  });
}
