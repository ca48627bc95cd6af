import { describe, expect, test } from 'vitest';
import { readConfigText } from '../../../src/user-config/index.ts';
import { manager } from '../differences/files.ts';

/** What is not read of a manifest whose component is started by these words. */
const unreadOf = (...argv: readonly string[]): readonly string[] => {
  const text = manager.replace(
    '    - kube-controller-manager\n',
    [...argv, 'kube-controller-manager'].map((word) => `    - ${JSON.stringify(word)}\n`).join(''),
  );
  return readConfigText(text, 'f').unread.map(({ text: each }) => each);
};

describe('of the words before a component', () => {
  test.each([
    [['/go-runner', '--log-file=/var/log/a.log', '--also-stdout', '--redirect-stderr=false']],
    [['/go-runner', '-log-file', '/var/log/a.log']],
    [['/hyperkube']],
    [['env']],
    [['env', '-i', '--', 'LANG=C']],
    [['tini', '-s', '--']],
    [['dumb-init', '--single-child', '--']],
    [['nice', '-n', '19']],
    [['nice', '-5', 'ionice', '-c', '2', '-n0']],
    [['chrt', '-r', '10']],
    [['chrt', '-i', '0', 'taskset', '-c', '0-3']],
    [['taskset', '0x1', '/usr/bin/env', 'LANG=C']],
  ])('%j only start it', (argv) => {
    expect(unreadOf(...argv)).toEqual([]);
  });

  test.each([
    [['env', 'sleep', '1000'], 'sleep 1000'],
    [['nice', 'timeout', '60'], 'timeout 60'],
    [['dumb-init', '/wrap'], '/wrap'],
    [['env', 'xargs'], 'xargs'],
    [['env', '-S HTTP2_PING_TIMEOUT_SECONDS=1'], '-S HTTP2_PING_TIMEOUT_SECONDS=1'],
    [['env', '--split-string=A=1'], '--split-string=A=1'],
    [['env', '-iSA=1'], '-iSA=1'],
    [['env', '1000'], '1000'],
    [['nice', '5'], '5'],
    [['taskset', '-p', '1'], '-p 1'],
    [['tini', '--', 'strace', '-f'], '-- strace -f'],
    [['nice', '-n', '5', 'env', 'sleep'], 'sleep'],
  ])('%j may do anything', (argv, odd) => {
    expect(unreadOf(...argv)).toEqual([
      `what ${JSON.stringify(odd)} before kube-controller-manager does is not known: it may not run at all`,
    ]);
  });
});
