import { execa } from 'execa';
import { expect, test } from 'vitest';
import { type Act, parseSteps, undoPod } from '../../src/agent/index.ts';

// The undo of an act on a node whose systemd takes its time. No systemd runs here: what stands for it says of the service that
// watches what a real one says: active while its process is there, deactivating for a while after, then inactive.

const act: Act = {
  ...{ id: 'a1b2c3-kubelet-pause-1', node: 'this', kind: 'kubelet-pause', lengthMs: 60_000, maxMs: 60_000 },
  ...{ survey: null, apply: ['true'], undo: ['true'], verify: ['sh', '-c', 'echo "it is not"; exit 3'] },
};
const folder = `/run/skipbeat-agent/${act.id}`;

/** $1: how often it says `deactivating` of the service that watches. Then the command of the pod. */
const node = `
mount -t tmpfs tmpfs /run
mkdir -p /run/bin /run/systemd/system ${folder}
echo "$1" > /run/rest
cat > /run/bin/systemd-run << 'END'
#!/bin/sh
END
cat > /run/bin/systemctl << 'END'
#!/bin/sh
for unit; do :; done
state=inactive
case "$1 $unit" in
  show*-watch.service)
    if [ -d "/proc/$(cat /run/watcher)" ]; then state=active
    elif [ "$(cat /run/rest)" -gt 0 ]; then state=deactivating; echo "$(($(cat /run/rest) - 1))" > /run/rest
    fi ;;
esac
[ "$1" = show ] && echo "$state"
there=gone
[ -d ${folder} ] && there=there
echo "$1 $unit $state, files $there" >> /run/asked
END
chmod +x /run/bin/*
export PATH="/run/bin:$PATH"
printf 'sleep 600\\n' > ${folder}/watch
sh ${folder}/watch &
echo $! > ${folder}/watch.pid
echo $! > /run/watcher
shift
"$@"
echo "exit code $?"
wait 2> /dev/null
if [ -d ${folder} ]; then echo "files are left"; fi
sed 's/^/asked: /' /run/asked
`;

const undo = async (deactivating: number) => {
  const command = (undoPod(act, { run: 'test', image: 'none' }).spec?.containers[0]?.command ?? []).map((text) =>
    text.replaceAll('$$', () => '$'),
  );
  const own = command.slice(command.indexOf('--') + 1);
  const namespaces = ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const { stdout } = await execa('unshare', [...namespaces, 'bash', '-c', node, 'bash', String(deactivating), ...own]);
  const { steps, others } = parseSteps(stdout);
  return {
    steps: steps.map(({ step }) => step),
    asked: others.flatMap((line) => (line.startsWith('asked: ') ? [line.slice(7)] : [])),
    others: others.filter((line) => !line.startsWith('asked: ')),
  };
};

const watch = `show skipbeat-agent-${act.id}-watch.service`;

test('waits until systemd has done with the service that watched before its files go', async () => {
  const { steps, asked, others } = await undo(4);
  expect([steps, others]).toEqual([['found', 'undo', 'undone', 'cleared'], ['exit code 0']]);
  const said = asked.map((line) => line.replaceAll(`skipbeat-agent-${act.id}-`, ''));
  // A process that was ended may be there for a moment more: the first answer can still be `active`.
  expect(said.filter((line) => line !== 'show watch.service active, files there')).toEqual([
    'stop end.timer inactive, files there',
    'show wait.service inactive, files there',
    'show end.service inactive, files there',
    ...Array.from({ length: 4 }, () => 'show watch.service deactivating, files there'),
    'show watch.service inactive, files there',
  ]);
});

test('waits no longer than some 15 s for one that does not end', async () => {
  const { steps, asked, others } = await undo(100_000);
  expect([steps.at(-1), others]).toEqual(['cleared', ['exit code 0']]);
  expect(asked.filter((line) => line.startsWith(watch))).toHaveLength(150);
}, 120_000);
