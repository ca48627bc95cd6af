import { expect, test } from 'vitest';
import type { Ask } from '../../src/cluster/reach/api.ts';
import { leasesPath, nodesPath, probeCluster } from '../../src/watch/reach/preflight.ts';

const { signal } = new AbortController();
const place = { server: 'https://10.0.0.1', context: 'staging' };
const list = '{"metadata":{"resourceVersion":"7"},"items":[]}';
const page = '<html>please log in</html>';

/** A login page of somebody's between here and there where the path begins so. */
const behind = (prefix: string): ReturnType<typeof probeCluster> => {
  const ask: Ask = async (path) => ({ status: 200, text: path.startsWith(prefix) ? page : list, dateMs: null });
  return probeCluster(ask, place, signal);
};

test.each([nodesPath, leasesPath])('what answers at %s and is no API server is not watched', async (path) => {
  await expect(behind(path)).rejects.toMatchObject({
    code: 'API_UNREACHABLE',
    exitCode: 75,
    message: `https://10.0.0.1: expected the answer of an API server, found HTTP 200 from ${path}?limit=1 without a list.`,
  });
});

test('which cluster it is, and of which version, is not known where the answer does not say it', async () => {
  const { clusterUid, kubernetesVersion, missing } = await behind('/version');
  expect([clusterUid, kubernetesVersion]).toEqual([null, null]);
  expect(missing.map(({ resource, reason }) => [resource, reason])).toEqual([
    ['/version', 'an answer that does not say it'],
    ['namespaces kube-system', 'an answer that does not say it'],
  ]);
});
