// What a caller may ask for, in types that reach no code of clusters: who imports the package needs no types of its dependencies.

export const backendOptions = ['auto', 'kind', 'model'] as const;
export type BackendOption = (typeof backendOptions)[number];
