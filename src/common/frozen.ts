/** What a document holds, as the rest takes it: nobody writes to it. */
export type Frozen<T> = { readonly [K in keyof T]: Frozen<T[K]> };
