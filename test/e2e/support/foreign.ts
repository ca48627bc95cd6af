import { execa } from 'execa';
import { clusterName } from './harness.ts';

// Without our prefix: a name that is nobody's of skipbeat.
const cluster = clusterName('other').replace(/^skipbeat-/, 'others-');
const server = `${cluster}-control-plane`;
const client = `${cluster}-worker`;

/** One round trip after another on one connection, each one's time in µs on a line; ends when the connection breaks. */
const chat = `
export LC_ALL=C
until exec 3<>"/dev/tcp/$0/6443"; do sleep 0.1; done 2>/dev/null
while true; do
  begun=$EPOCHREALTIME
  echo word >&3 && read -r -t 20 word <&3 || exit 1
  ended=$EPOCHREALTIME
  echo $((\${ended/./} - \${begun/./}))
  sleep 0.1
done
`;

const run = (image: string, name: string, entrypoint: string, ...args: readonly string[]) =>
  execa('docker', [
    ...['run', '--detach', '--name', name, '--network', 'kind', '--label', `io.x-k8s.kind.cluster=${cluster}`],
    ...['--cap-add', 'NET_ADMIN', '--entrypoint', entrypoint, image, ...args],
  ]);

/** What stands for somebody else's cluster in the engine's network: a server on the API server's port, and its client. */
export type ForeignCluster = {
  /** Whether the one connection of all the time still stands, and the median of its round trips in ms so far. */
  readonly connection: () => Promise<{ readonly unbroken: boolean; readonly medianMs: number; readonly count: number }>;
  readonly rules: () => Promise<string>;
  readonly address: string;
  readonly remove: () => Promise<unknown>;
};

export const startForeignCluster = async (image: string): Promise<ForeignCluster> => {
  await run(image, server, 'socat', 'TCP-LISTEN:6443,fork,reuseaddr', 'EXEC:cat');
  await run(image, client, 'bash', '-c', chat, server);
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const { stdout: address } = await execa('docker', ['inspect', '--format', format, server]);
  return {
    address,
    connection: async () => {
      const { stdout: running } = await execa('docker', ['inspect', '--format', '{{.State.Running}}', client]);
      const { stdout } = await execa('docker', ['logs', client]);
      const tripsMs = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => Number(line) / 1000)
        .sort((a, b) => a - b);
      const medianMs = tripsMs[Math.floor(tripsMs.length / 2)] ?? Number.NaN;
      return { unbroken: running === 'true', medianMs, count: tripsMs.length };
    },
    rules: async () => {
      const both = [server, client].map((name) => execa('docker', ['exec', name, 'iptables-save']));
      return (await Promise.all(both)).map(({ stdout }) => stdout.replaceAll(/^#.*$|\[\d+:\d+\]$/gm, '')).join('\n');
    },
    remove: () => execa('docker', ['rm', '--force', server, client]),
  };
};
