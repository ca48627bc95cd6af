/** Where the requests come from: `auto` takes this machine where it reaches every node, else a container beside them. */
export const loadSources = ['auto', 'host', 'container'] as const;
export type LoadFrom = (typeof loadSources)[number];
