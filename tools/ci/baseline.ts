// `npm run -s ci:baseline`: the ids of the last good nights of this workflow on this branch, newest first, as the outputs
// `night-1` to `night-7`; fewer where there are not so many yet. A night is good that has an artifact `good-night`, which
// its own verdict gave it: one that ended red for want of nights to compare with may be good all the same.
// It reads no evidence, so it asks for no key: `ci:night --seal-key` holds what those nights left against it.
// Needs the permission actions: read.
import { needed } from './environment.ts';
import { setOutputs } from './outputs.ts';

const maxNights = 7;

// `owner/repository/.github/workflows/nightly.yml@refs/heads/main`
const file = /\/\.github\/workflows\/([^/@]+)@/.exec(needed('GITHUB_WORKFLOW_REF'))?.[1];
if (file === undefined) throw new Error(`GITHUB_WORKFLOW_REF: ${process.env.GITHUB_WORKFLOW_REF} names no workflow`);
const repository = needed('GITHUB_REPOSITORY');

const get = async (path: string, query: Readonly<Record<string, string>>): Promise<unknown> => {
  const url = new URL(`${needed('GITHUB_API_URL')}/repos/${repository}/actions/${path}`);
  url.search = new URLSearchParams(query).toString();
  const response = await fetch(url, {
    headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${needed('GITHUB_TOKEN')}` },
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`${url.pathname}: expected 200, received ${response.status}`);
  return response.json();
};

type Runs = { readonly workflow_runs: readonly { readonly id: number }[] };
type Artifacts = { readonly artifacts: readonly { readonly expired: boolean }[] };

const { workflow_runs: runs } = (await get(`workflows/${file}/runs`, {
  status: 'completed',
  branch: needed('GITHUB_REF_NAME'),
  per_page: '60',
})) as Runs;
const nights: number[] = [];
for (const { id } of runs) {
  if (nights.length === maxNights || String(id) === process.env.GITHUB_RUN_ID) continue;
  const { artifacts } = (await get(`runs/${id}/artifacts`, { name: 'good-night' })) as Artifacts;
  if (artifacts.some(({ expired }) => !expired)) nights.push(id);
}
process.stderr.write(nights.length === 0 ? 'no good night yet\n' : `good nights: ${nights.join(', ')}\n`);
setOutputs(Object.fromEntries(nights.map((id, index) => [`night-${index + 1}`, String(id)])));
