/** Marks a primitive with a unit, so that two units of one primitive type cannot be mixed up. */
declare const brand: unique symbol;

/** `Brand<number, "Ms">` is a number that only the constructor of that unit may make. */
export type Brand<Primitive, Name extends string> = Primitive & { readonly [brand]: Name };
