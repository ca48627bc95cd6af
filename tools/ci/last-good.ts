// `npm run -s ci:last-good`: the id of the last run of this workflow on this branch that succeeded, as `run-id` for
// GITHUB_OUTPUT; nothing where there is none yet. Needs the permission actions: read.
import { appendFileSync } from 'node:fs';

const needed = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(`${name}: expected as GitHub Actions sets it, found nothing`);
  return value;
};

// `owner/repository/.github/workflows/nightly.yml@refs/heads/main`
const file = /\/\.github\/workflows\/([^/@]+)@/.exec(needed('GITHUB_WORKFLOW_REF'))?.[1];
if (file === undefined) throw new Error(`GITHUB_WORKFLOW_REF: ${process.env.GITHUB_WORKFLOW_REF} names no workflow`);
const url = new URL(`${needed('GITHUB_API_URL')}/repos/${needed('GITHUB_REPOSITORY')}/actions/workflows/${file}/runs`);
url.search = new URLSearchParams({ status: 'success', branch: needed('GITHUB_REF_NAME'), per_page: '1' }).toString();

const response = await fetch(url, {
  headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${needed('GITHUB_TOKEN')}` },
  signal: AbortSignal.timeout(30_000),
});
if (!response.ok) throw new Error(`${url.pathname}: expected 200, received ${response.status}`);
const { workflow_runs: runs } = (await response.json()) as {
  readonly workflow_runs: readonly { readonly id: number }[];
};
const id = runs[0]?.id ?? null;
process.stderr.write(id === null ? 'no good night yet\n' : `last good night: run ${id}\n`);
if (id !== null) {
  process.stdout.write(`run-id=${id}\n`);
  if (process.env.GITHUB_OUTPUT !== undefined) appendFileSync(process.env.GITHUB_OUTPUT, `run-id=${id}\n`);
}
