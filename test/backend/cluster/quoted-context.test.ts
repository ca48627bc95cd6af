import { expect, test } from 'vitest';
import { undoFailed } from '../../../src/backend/cluster/act.ts';
import { nodesMissing } from '../../../src/prepare/own-cluster/cluster.ts';
import { prepared } from '../../agent/prepared.ts';

const context = "o'hara; touch x #";
const kubeconfig = 'of others/config';
const quoted = `--context 'o'\\''hara; touch x #' --kubeconfig 'of others/config'`;

test('errors of a run bear the context as a shell wants it, and its file where one was named', async () => {
  const failed = undoFailed(
    { options: { survey: { context, kubeconfig } } },
    await prepared('kubelet-pause'),
    'no pod',
  );
  expect([failed.next, nodesMissing({ context, kubeconfig }).next]).toEqual([
    `npm run skipbeat -- cleanup ${quoted}`,
    `--nodes LABEL=VALUE or --nodes NAME; to only watch:  npm run skipbeat -- watch ${quoted}`,
  ]);
});
