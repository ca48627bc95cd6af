import type { Problem } from '../read/problems.ts';
import { describeValue } from '../read/value-labels.ts';
import type { OwnWorkload } from './shape.ts';
import { at, idOf, labelsAt, textAt } from './values.ts';

const makers = ['Deployment', 'StatefulSet'];

type Port = { readonly number: number; readonly name: string | null; readonly target: number | string };

/** Ports of a Service; null of one that is none of TCP. */
const portsOf = (service: unknown): readonly (Port | null)[] => {
  const ports = at(service, 'spec', 'ports');
  if (!Array.isArray(ports)) return [];
  return ports.map((port) => {
    const number = at(port, 'port');
    const target = at(port, 'targetPort') ?? number;
    const isTcp = [undefined, 'TCP'].includes(at(port, 'protocol') as string | undefined);
    if (!isTcp || typeof number !== 'number') return null;
    if (typeof target !== 'number' && typeof target !== 'string') return null;
    return { number, name: textAt(port, 'name'), target };
  });
};

type Found<T> = { readonly value: T } | { readonly problem: Problem };

export const servicePort = (service: unknown, asked: OwnWorkload['port']): Found<Port> => {
  const ports = portsOf(service);
  const matching = ports.filter((port) =>
    asked === undefined ? true : port !== null && (port.number === asked || port.name === asked),
  );
  const [only = null] = matching;
  if (only !== null && matching.length === 1) return { value: only };
  const there = ports.map((port) => (port === null ? 'one that is not TCP' : `${port.name ?? port.number}`));
  const received = there.length === 0 ? 'none' : there.join(', ');
  const message =
    asked === undefined
      ? `expected port, or a Service with one port of TCP, received ${received}`
      : `expected a TCP port of the Service, received ${describeValue(asked)}; it has ${received}`;
  return { problem: { path: ['workload', 'port'], message } };
};

export const covers = (labels: Readonly<Record<string, string>>, selector: Readonly<Record<string, string>>): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

/** Who makes the pods that the Service selects: one Deployment or StatefulSet. */
export const makerOf = (objects: readonly unknown[], selector: Readonly<Record<string, string>>): Found<unknown> => {
  const found = objects.filter(
    (object) =>
      makers.includes(textAt(object, 'kind') ?? '') &&
      covers(labelsAt(object, 'spec', 'template', 'metadata', 'labels') ?? {}, selector),
  );
  if (found.length === 1) return { value: found[0] };
  const received = found.length === 0 ? 'none' : found.map(idOf).join(', ');
  const message = `expected one Deployment or StatefulSet whose pods the Service selects, received ${received}`;
  return { problem: { path: ['workload', 'service'], message } };
};
