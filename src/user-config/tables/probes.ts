import type { Component, ConfigFiles, ConfigPart } from '../types.ts';

const unitOf: Readonly<Record<string, Component>> = {
  'Pod kube-controller-manager': 'kube-controller-manager',
  'Pod kube-apiserver': 'kube-apiserver',
};

const request = /^(containers\.([^.]+)\.(\w+)Probe\.httpGet\.)(host|path|port|scheme)$/;

type Field = 'host' | 'path' | 'port' | 'scheme';

const fields: readonly Field[] = ['host', 'path', 'port', 'scheme'];

const plain = (value: string): string => (value.startsWith('"') ? String(JSON.parse(value)) : value);

/** The same address in the eyes of who asks on the machine itself. */
const loopback = ['127.0.0.1', 'localhost'];

/** Paths that kubeadm has asked a component for, by version. @see kubernetes cmd/kubeadm/app/phases/controlplane/manifests.go */
const pathsOf = (component: Component, kind: string, minor: number): readonly string[] => {
  if (component === 'kube-controller-manager') return ['/healthz'];
  const own = kind === 'readiness' ? '/readyz' : '/livez';
  return minor < 18 ? ['/healthz'] : minor < 20 ? ['/healthz', own] : [own];
};

/** Whom the request of a probe reaches in a component with these flags, as kubeadm writes it for the version. */
const expected = (
  { flags, parts }: ConfigFiles,
  component: Component,
  [container, kind]: readonly [string, string],
  minor: number,
): Readonly<Record<Field, readonly string[]>> => {
  const flag = (name: string): string | null | undefined =>
    flags.findLast((each) => each.component === component && each.name === name)?.value;
  // Up to v1.16 kubeadm asked the controller manager's port without TLS.
  const isOld = component === 'kube-controller-manager' && minor < 17;
  const [address, portFlag] = isOld ? ['address', 'port'] : ['bind-address', 'secure-port'];
  const listens = flag(address);
  const port = flag(portFlag) ?? (isOld ? '10252' : component === 'kube-apiserver' ? '6443' : '10257');
  const ports = parts.filter(({ key }) => key.startsWith(`containers.${container}.ports`));
  const names = ports.flatMap(({ value }) =>
    [JSON.parse(value)]
      .flat()
      .filter((each: { containerPort?: unknown }) => String(each.containerPort) === port)
      .map(({ name }: { name?: unknown }) => String(name)),
  );
  const advertised = component === 'kube-apiserver' ? (flag('advertise-address') ?? []) : [];
  const isEverywhere = listens === undefined || listens === '0.0.0.0' || listens === '::';
  // A pod with a network of its own is asked by its own address alone: that of the machine is not its.
  const isOnHost = parts.some(
    ({ unit, key, value }) => unitOf[unit] === component && key === 'hostNetwork' && value === 'true',
  );
  const onHost = isEverywhere
    ? ['', '::1', ...loopback].concat(advertised)
    : listens === '127.0.0.1'
      ? loopback
      : [String(listens)];
  const hosts = isOnHost ? onHost : isEverywhere ? [''] : [];
  return {
    host: hosts,
    path: pathsOf(component, kind, minor),
    port: [port, ...names],
    scheme: [isOld ? 'HTTP' : 'HTTPS'],
  };
};

/** What a kubelet takes where nothing is said. @see kubernetes pkg/kubelet/prober/prober.go; pkg/probe/http/request.go */
const unset: Readonly<Record<Field, string>> = { host: '', path: '/', port: '', scheme: 'HTTP' };

/**
 * Requests of probes of a control plane's component that may not be answered: its kubelet ends it again and again. Each
 * as a part with what is asked; one that nobody wrote stands where the rest of the request does.
 */
export const oddProbes = (configFiles: ConfigFiles, minor: number): readonly ConfigPart[] => {
  const seen = new Set<string>();
  return configFiles.parts.flatMap((part) => {
    const component = unitOf[part.unit];
    const [, start = '', container = '', kind = ''] = request.exec(part.key) ?? [];
    if (component === undefined || start === '' || seen.has(`${part.unit} ${start}`)) return [];
    seen.add(`${part.unit} ${start}`);
    const wanted = expected(configFiles, component, [container, kind], minor);
    return fields.flatMap((field) => {
      const own = configFiles.parts.find(({ unit, key }) => unit === part.unit && key === `${start}${field}`);
      const value = own === undefined ? unset[field] : plain(own.value);
      if (wanted[field].includes(value)) return [];
      return [own ?? { ...part, key: `${start}${field}`, value: value === '' ? "the pod's own address" : value }];
    });
  });
};
