import { readFileSync } from 'node:fs';

export const page = readFileSync('docs/troubleshooting.md', 'utf8');

/** The rows of docs/troubleshooting.md: a code, and the exit codes that its row has. */
export const rows: readonly { readonly code: string; readonly exits: readonly number[] }[] = [
  ...page.matchAll(/^\| `([A-Z_]+)` \| (\d+(?:, \d+)*) \| .+ \| .+ \|$/gm),
].map(([, code = '', exits = '']) => ({ code, exits: exits.split(', ').map(Number) }));
