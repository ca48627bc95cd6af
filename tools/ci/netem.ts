// `npm run ci:netem`: makes the kernel's sch_netem available, where a module of it can be had. GitHub's runners have it in
// linux-modules-extra of their own kernel. Without it a run says that it uses the relay instead.
import { release } from 'node:os';
import { execa } from 'execa';

const asRoot = (argv: readonly string[]): readonly string[] =>
  process.getuid?.() === 0 ? argv : ['sudo', '--non-interactive', ...argv];

const succeeds = async (argv: readonly string[]): Promise<boolean> => {
  const [program = '', ...rest] = asRoot(argv);
  const { exitCode } = await execa(program, rest, { reject: false, stdio: ['ignore', 'inherit', 'inherit'] });
  return exitCode === 0;
};

const load = (): Promise<boolean> => succeeds(['modprobe', 'sch_netem']);

const install = async (): Promise<boolean> =>
  (await succeeds(['apt-get', 'update'])) &&
  succeeds(['apt-get', 'install', '--yes', '--no-install-recommends', `linux-modules-extra-${release()}`]);

const there = (await load()) || ((await install()) && (await load()));
process.stdout.write(there ? 'sch_netem is loaded\n' : 'no sch_netem here: faults of latency go through the relay\n');
