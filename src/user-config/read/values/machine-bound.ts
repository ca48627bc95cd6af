import { parseGoBoolean, parseGoInteger } from '../../../profile/index.ts';
import type { MachineBound } from '../../types.ts';

/** Up to `any` every machine bears it, which kubeadm asks for 2 CPUs and 1700 MB; beyond `some` hardly one does. */
type Limits = { readonly any: number; readonly some: number };

const Gi = 2 ** 30;

/** kube-reserved, system-reserved and eviction-hard add up, so each may have a third of the smallest machine. */
const reservations: Readonly<Record<string, Limits>> = {
  cpu: { any: 0.5, some: 16 },
  memory: { any: Gi / 2, some: 64 * Gi },
  'ephemeral-storage': { any: 5 * Gi, some: 500 * Gi },
  pid: { any: 1000, some: 100_000 },
};

const percents = (signal: string): Limits =>
  signal === 'memory.available' ? { any: 10, some: 30 } : { any: 20, some: 40 };

const thresholds = (signal: string): Limits => {
  if (signal === 'memory.available') return { any: Gi / 2, some: 16 * Gi };
  if (signal === 'pid.available') return { any: 1000, some: 100_000 };
  return signal.endsWith('.inodesFree') ? { any: 100_000, some: 10_000_000 } : { any: 5 * Gi, some: 200 * Gi };
};

const factors: Readonly<Record<string, number>> = {
  ...{ m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi, Ti: 2 ** 40, Pi: 2 ** 50 },
};

/** A quantity of Kubernetes in its plain forms, `100m`, `1.5Gi`; null where it is none of these. @see apimachinery pkg/api/resource */
export const parseQuantity = (text: string): number | null => {
  const [, digits, unit = ''] = /^(\d+(?:\.\d*)?)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = factors[unit];
  return digits === undefined || factor === undefined ? null : Number(digits) * factor;
};

const pairsOf = (list: string, sign: string): readonly (readonly [string, string])[] =>
  list.split(',').map((word) => {
    const [name = '', ...value] = word.split(sign);
    return [name.trim(), value.join(sign).trim()] as const;
  });

type Asked = MachineBound & Limits;

const reserved = (flag: string, list: string): readonly (Asked | null)[] =>
  pairsOf(list, '=').map(([resource, value]) => {
    const [amount, limits] = [parseQuantity(value), reservations[resource]];
    if (amount === null || limits === undefined) return null;
    const text = `${flag} ${resource}=${value}: a kubelet does not start where reservations exceed what its machine has`;
    return { key: `${flag} ${resource}`, amount, text, ...limits };
  });

/** 0 % and 100 % switch a threshold off; 0 as an amount is refused, pkg/kubelet/eviction parseThresholdStatement. */
const evicted = (flag: string, list: string): readonly (Asked | null)[] =>
  pairsOf(list, '<').flatMap(([signal, value]): readonly (Asked | null)[] => {
    if (value === '0%' || value === '100%') return [];
    const percent = /^(\d{1,3}(?:\.\d+)?)%$/.exec(value)?.[1];
    const amount = percent === undefined ? parseQuantity(value) : Number(percent);
    if (amount === null || (percent === undefined && amount === 0)) return [null];
    const limits = percent === undefined ? thresholds(signal) : percents(signal);
    const text = `${flag} ${signal}<${value}: a kubelet evicts pods of a machine that has less to spare`;
    return [{ key: `${flag} ${signal}${percent === undefined ? '' : ' %'}`, amount, text, ...limits }];
  });

/** kubelets of v1.11 and later; pkg/kubelet/cm setupKernelTunables. */
const kernel =
  'a kubelet does not start where vm.overcommit_memory is not 1, vm.panic_on_oom 0, kernel.panic 10, kernel.panic_on_oops 1, kernel.keys.root_maxkeys 1000000 and root_maxbytes 25000000';

const askedBy = (flag: string, value: string): readonly (Asked | null)[] => {
  if (flag === 'kube-reserved' || flag === 'system-reserved') return value === '' ? [] : reserved(flag, value);
  if (flag === 'eviction-hard' || flag === 'eviction-soft') return value === '' ? [] : evicted(flag, value);
  if (flag === 'protect-kernel-defaults') {
    const text = `${flag}: ${kernel}`;
    return parseGoBoolean(value) === true ? [{ key: flag, amount: 1, text, any: 0, some: 1 }] : [];
  }
  const pods = parseGoInteger(value);
  if (pods === null || (flag !== 'max-pods' && flag !== 'pods-per-core') || pods === 0) return [];
  const text = `${flag} ${value}: a kubelet that starts again rejects pods beyond it, which its machine may have`;
  // The fewer pods, the more is asked: 110 are the default.
  return [{ key: flag, amount: -pods, text, any: flag === 'max-pods' ? -110 : -Number.POSITIVE_INFINITY, some: 0 }];
};

/** What a flag of a kubelet, or the field by that name, asks of its machine; none of what every machine bears. */
export const machineBoundsOf = (flag: string, value: string): readonly MachineBound[] =>
  askedBy(flag, value)
    .filter((asked) => asked !== null)
    .filter(({ amount, any }) => amount > any)
    .map(({ key, amount, text }) => ({ key, amount, text }));

/** Whether a value may be borne at all: it is read, and there are machines that have as much. */
export const isBearable = (flag: string, value: string): boolean =>
  askedBy(flag, value).every((asked) => asked !== null && asked.amount <= asked.some);
