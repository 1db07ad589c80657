/** What a virtual key allows a call to ask for. */

export type KeyPermissions = {
  /** Model ids as callers may write them; `null` allows all. */
  readonly models: ReadonlySet<string> | null;
  /** `null` allows all, and calls that name none. */
  readonly endpoints: ReadonlySet<string> | null;
};

export type CallTarget = {
  /** As the caller wrote it; `null` when it cannot be read. */
  readonly model: string | null;
  /** The model's own id, where it is an alias of one that is known. */
  readonly canonicalModel: string | null;
  readonly endpoint: string | null;
  /** Whether the provider may answer with models that the caller did not name in `model`. */
  readonly mayFallBack: boolean;
};

export type KeyRefusal =
  | { readonly kind: "model"; readonly what: string }
  | { readonly kind: "endpoint"; readonly what: string };

/** Why a call is not allowed; `null` when it is. The texts name only what the caller said itself. */
export function refusalOf(permissions: KeyPermissions, target: CallTarget): KeyRefusal | null {
  const { models, endpoints } = permissions;
  if (endpoints !== null && (target.endpoint === null || !endpoints.has(target.endpoint))) {
    const named = target.endpoint === null ? "none" : `"${target.endpoint}"`;
    const what = `this key is for other endpoints; x-purser-endpoint names ${named}`;
    return { kind: "endpoint", what };
  }
  if (models === null) return null;
  if (target.model === null) {
    return { kind: "model", what: "this key is for certain models, and the body names none" };
  }
  if (target.mayFallBack) {
    const what = "this key is for certain models, and the body lets the provider choose others";
    return { kind: "model", what };
  }
  const { model, canonicalModel } = target;
  if (models.has(model) || (canonicalModel !== null && models.has(canonicalModel))) return null;
  return { kind: "model", what: `this key is not for the model ${model.slice(0, 100)}` };
}
