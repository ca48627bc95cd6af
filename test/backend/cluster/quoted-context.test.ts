import { expect, test } from 'vitest';
import { undoFailed } from '../../../src/backend/cluster/act.ts';
import { nodesMissing } from '../../../src/prepare/own-cluster/cluster.ts';
import { prepared } from '../../agent/prepared.ts';

const context = "o'hara; touch x #";
const quoted = `--context 'o'\\''hara; touch x #'`;

test('errors of a run bear the context as a shell wants it', async () => {
  const failed = undoFailed({ options: { survey: { context } } }, await prepared('kubelet-pause'), 'no pod');
  expect([failed.next, nodesMissing(context).next]).toEqual([
    expect.stringContaining(`cleanup ${quoted}`),
    expect.stringContaining(`watch ${quoted}`),
  ]);
});
