import { posix } from 'node:path';
import { isMapping, type Mapping, type Reader } from '../document.ts';

/**
 * Where kubeadm mounts files into the pods of a control plane, and where their images have their programs.
 * @see kubernetes v1.11 to v1.37 cmd/kubeadm/app/phases/controlplane/volumes.go, getHostPathVolumesForTheControlPlane and
 *   caCertsExtraVolumePaths, which are parts of /etc/pki in newer ones; build/server-image/Dockerfile: /usr/local/bin
 */
const own: readonly string[] = [
  ...['/etc/kubernetes/controller-manager.conf', '/etc/kubernetes/scheduler.conf', '/etc/ssl/certs', '/etc/pki'],
  ...['/etc/ca-certificates', '/usr/share/ca-certificates', '/usr/local/share/ca-certificates'],
  ...['/usr/libexec/kubernetes/kubelet-plugins/volume/exec', '/usr/local/bin', '/go-runner'],
];

/** Names of kubeadm's own volumes, which an extra one by that name replaces. @see the same file, AddExtraHostPathMounts */
const ownNames =
  /^(?:k8s-certs|ca-certs|etc-pki(?:-\S+)?|ca-certs-etc-pki|etc-ca-certificates|usr-share-ca-certificates|usr-local-share-ca-certificates|kubeconfig|flexvolume-dir|cloud-config|etcd-certs-\d+)$/;

/** Whether one of two places is the other, or holds it. */
const meet = (one: string, other: string): boolean =>
  one === other ||
  `${one}/`.startsWith(`${other === '/' ? '' : other}/`) ||
  `${other}/`.startsWith(`${one === '/' ? '' : one}/`);

const normal = (path: string): string => posix.normalize(path).replace(/(?<=.)\/$/, '');

/**
 * Names extra volumes that replace what kubeadm mounts, hide it, or are mounted over it: a component may not find its keys, its
 * kubeconfig or its own program then, and a pod with one place twice is none.
 */
export const leaveHiddenMounts = (reader: Reader, document: Mapping): void => {
  const { certificatesDir } = document;
  const pki = typeof certificatesDir === 'string' && certificatesDir !== '' ? certificatesDir : '/etc/kubernetes/pki';
  const places = [normal(pki), ...own];
  for (const key of ['apiServer', 'controllerManager', 'scheduler']) {
    const volumes = reader.mapping([key])?.extraVolumes;
    const seen = new Set<string>();
    for (const [index, volume] of (Array.isArray(volumes) ? volumes : []).entries()) {
      if (!isMapping(volume) || typeof volume.mountPath !== 'string') continue;
      const mounted = normal(volume.mountPath);
      const name = String(volume.name);
      const at = [key, 'extraVolumes', index];
      const place = places.find((each) => meet(each, mounted));
      const what = ownNames.test(name)
        ? `the volume ${name}, which kubeadm mounts itself`
        : seen.has(mounted) || seen.has(name)
          ? `another one by that name, or at ${mounted}`
          : place === undefined
            ? null
            : `${place} of ${key}, which its component needs`;
      seen.add(mounted).add(name);
      if (what === null) continue;
      reader.leaveUnread(
        at,
        `the extra volume ${name} at ${mounted} replaces or hides ${what}: whether it starts is not known`,
      );
    }
  }
};
