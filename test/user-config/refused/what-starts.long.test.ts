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
    [['env', '--', 'LANG=C']],
    [['tini', '-s', '--']],
    [['dumb-init', '--single-child', '--']],
    [['nice', '-n', '19']],
    [['nice', '-5', 'ionice', '-c', '2', '-n0']],
    [['ionice', '--class', 'Best-Effort', '--classdata=7']],
    [['chrt', '-b', '0']],
    [['taskset', 'ffffffff,00000001']],
    [['chrt', '-i', '0', 'taskset', '-c', '0-3']],
    [['taskset', '0x1', '/usr/bin/env', 'LANG=C']],
  ])('%j only start it', (argv) => {
    expect(unreadOf(...argv)).toEqual([]);
  });

  test.each([
    [['env', 'sleep', '1000'], '… 1000'],
    [['nice', 'timeout', '60'], '… 60'],
    [['dumb-init', '/wrap'], '…'],
    [['env', 'xargs'], '…'],
    [['env', '-S HTTP2_PING_TIMEOUT_SECONDS=1'], '-S HTTP2_PING_TIMEOUT_SECONDS=…'],
    [['env', '--split-string=A=1'], '--split-string=…'],
    [['env', '-iSA=1'], '-iSA=…'],
    [['env', '1000'], '1000'],
    [['nice', '5'], '5'],
    [['taskset', '-p', '1'], '-p 1'],
    [['tini', '--', 'strace', '-f'], '-- … -f'],
    [['/go-runner', '--flush-interval=5s'], '--flush-interval=5s'],
    [['/go-runner', '--log-file=a', '--log-file-size=10Mi'], '--log-file=a --log-file-size=10Mi'],
    [['/go-runner', '--no-such-flag'], '--no-such-flag'],
    [['env', '-i'], '-i'],
    [['env', '/opt/own/nice'], '…'],
    [['env', './taskset', '1'], '… 1'],
    [['nice', '-n', '-5'], '-n -5'],
    [['nice', '--help'], '--help'],
    [['nice', '-n'], '-n'],
    [['ionice', '-c', '1'], '-c 1'],
    [['ionice', '-c', '9'], '-c 9'],
    [['ionice', '-n', '9'], '-n 9'],
    [['ionice', '-t', '-c', '5'], '-t -c 5'],
    [['chrt', '-r', '10'], '-r 10'],
    [['chrt', '99'], '99'],
    [['chrt', '-R', '-b', '0'], '-R -b 0'],
    [['chrt', '-d', '-T', '10', '0'], '-d -T 10 0'],
    [['taskset', '0x2'], '0x2'],
    [['taskset', '-c', '99'], '-c 99'],
    [['taskset', '-c', '0,banana'], '-c …'],
    [['nice', '-n', '5', 'env', 'sleep'], '…'],
  ])('%j may do anything', (argv, odd) => {
    expect(unreadOf(...argv)).toEqual([
      `what ${JSON.stringify(odd)} before kube-controller-manager does is not known: it may not run at all`,
    ]);
  });

  test.each([
    [['chrt', '-f', '500'], 'a priority from 1 to 99 for chrt, received "500"'],
    [['chrt', '--rr', '0'], 'a priority from 1 to 99 for chrt, received "0"'],
    [['/usr/bin/chrt', '100'], 'a priority from 1 to 99 for /usr/bin/chrt, received "100"'],
    [['chrt', '-i', '5'], 'priority 0, which its policy has alone, for chrt, received "5"'],
    [['taskset', '0'], 'a mask of at least one CPU for taskset, received "0"'],
    [['taskset', '0x'], 'a mask of at least one CPU for taskset, received "0x"'],
    [['taskset', 'zz'], 'a mask of at least one CPU for taskset, received "zz"'],
    [['taskset', '-c', '3-1'], 'a list of CPUs whose ranges end after they begin for taskset, received "3-1"'],
    [['ionice', '-c', '5'], 'a class from 0 to 3, or its name for ionice, received "5"'],
    [['ionice', '-t', '-cbanana'], 'a class from 0 to 3, or its name for ionice, received "banana"'],
    [['ionice', '-n', 'low'], 'a number from 0 to 7 for ionice, received "low"'],
    [['nice', '-n', 'banana'], 'an integer for nice, received "banana"'],
    [['nice', '--adjustment=1.5'], 'an integer for nice, received "1.5"'],
    [['env', 'nice', '-n5x'], 'an integer for nice, received "5x"'],
    [['/go-runner', '--flush-interval=banana'], 'a duration such as 5s for /go-runner, received "banana"'],
    [['/go-runner', '-log-file-age', '-1h'], 'a duration of no less than 0 for /go-runner, received "-1h"'],
    [['/go-runner', '--log-file-size=-1'], 'a quantity of no less than 0 for /go-runner, received "-1"'],
    [['/go-runner', '--also-stdout=yes'], 'true or false for /go-runner, received "yes"'],
  ])('%j start nothing', (argv, problem) => {
    expect(() => unreadOf(...argv)).toThrow(`expected ${problem}, which keeps kube-controller-manager from starting`);
  });

  test.each([[['/opt/own/nice']], [['./env']], [['bin/taskset', '1']]])(
    '%j are of a program that is not known',
    (argv) => {
      expect(() => unreadOf(...argv)).toThrow(`received the program "${argv[0]}", whose text is not read`);
    },
  );
});
