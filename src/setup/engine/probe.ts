import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { type ActOptions, attempt, shell } from '../shell.ts';

export const probeReference = 'skipbeat/probe:1';

/** Machine code of exit(0), and the number ELF gives the processor. @see linux syscall tables; elf.h */
const processors: Readonly<Record<string, { readonly machine: number; readonly code: readonly number[] }>> = {
  // xor edi, edi; mov eax, 60; syscall
  x64: { machine: 62, code: [0x31, 0xff, 0xb8, 0x3c, 0, 0, 0, 0x0f, 0x05] },
  // mov x0, #0; mov x8, #93; svc #0
  arm64: { machine: 183, code: [0, 0, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0, 0, 0xd4] },
};

/**
 * The smallest program there is: a static ELF file that exits with 0. With it an image to probe the engine with needs
 * neither a registry nor a compiler.
 * @param architecture as `process.arch` names it
 * @throws SkipbeatError PROCESSOR_UNSUPPORTED
 */
export const exitProgram = (architecture: string): Uint8Array => {
  const processor = processors[architecture];
  if (processor === undefined) {
    throw new SkipbeatError(
      'PROCESSOR_UNSUPPORTED',
      `kind's nodes run on x64 and arm64; this machine is ${architecture}.`,
      { exitCode: exitCodes.environment },
    );
  }
  const [headers, base] = [64 + 56, 0x400000];
  const size = headers + processor.code.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const long = (offset: number, value: number): void => view.setBigUint64(offset, BigInt(value), true);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // executable
  view.setUint16(18, processor.machine, true);
  view.setUint32(20, 1, true);
  long(24, base + headers); // entry
  long(32, 64); // program headers
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true); // load
  view.setUint32(68, 5, true); // read, execute
  long(80, base);
  long(88, base);
  long(96, size);
  long(104, size);
  long(112, 0x1000);
  bytes.set(processor.code, headers);
  return bytes;
};

/** Imports the probe's image where the engine does not hold it yet. */
const importProbe = async (options: ActOptions): Promise<void> => {
  const sh = shell({ timeoutMs: 60_000, signal: options.signal });
  if ((await sh`docker image inspect ${probeReference}`.nothrow()).exitCode === 0) return;
  const folder = await mkdtemp(join(tmpdir(), 'skipbeat-probe-'));
  try {
    await mkdir(join(folder, 'root'));
    await writeFile(join(folder, 'root/probe'), exitProgram(process.arch));
    await chmod(join(folder, 'root/probe'), 0o755);
    const change = ['--change', 'CMD ["/probe"]'];
    await attempt(
      'Importing the probe image',
      sh`tar --create --directory ${join(folder, 'root')} probe | docker import ${change} - ${probeReference}`,
      options.signal,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** What a privileged container said: it ran, or it failed for want of capabilities, or for another reason. */
export type ProbeResult = { readonly outcome: 'ran' | 'capabilities' | 'failed'; readonly said: string };

/** Runs one privileged container that exits at once. Nodes of a kind cluster are such containers. */
export const probePrivileged = async (options: ActOptions): Promise<ProbeResult> => {
  await importProbe(options);
  const sh = shell({ timeoutMs: 60_000, signal: options.signal });
  const result = await sh`docker run --rm --privileged --network none ${probeReference}`.nothrow();
  return { outcome: readProbe(result.exitCode, result.stderr), said: result.stderr.trim() };
};

/** Pure: what an exit code and the engine's words mean. */
export const readProbe = (exitCode: number | null, stderr: string): ProbeResult['outcome'] =>
  exitCode === 0
    ? 'ran'
    : /unable to apply caps|apply caps: operation not permitted/.test(stderr)
      ? 'capabilities'
      : 'failed';
