/** The same keys with any text: what a translation of `T` has to have, so that a text missing in it is a type error. */
export type Translated<T> = { readonly [K in keyof T]: T[K] extends string ? string : Translated<T[K]> };
