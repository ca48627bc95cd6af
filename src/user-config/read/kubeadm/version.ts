import { knownMinors, versionRange } from '../../../profile/index.ts';
import { describeValue } from '../../../scenario/index.ts';
import { isPreRelease, type Reader } from '../document.ts';
import { isRelease } from '../shape/releases.ts';

const at = ['kubernetesVersion'];

const word = /[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*/.source;

/** @see kubernetes cmd/kubeadm/app/util/version.go, kubeReleaseRegex; apimachinery pkg/util/version, parse */
const exact = new RegExp(`^v?1\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)((?:-${word})?(?:\\+${word})?)$`);

/** The same file, kubeReleaseLabelRegex. What a label stands for, dl.k8s.io says on the day. */
const label = /^(?:latest|stable)(?:-1(?:\.([1-9]\d?))?)?$/;

/** The same file, kubeBucketPrefixes: builds of one's own, or of a day. */
const build = /^(?:release|ci)\/[\w.+-]+$/;

/**
 * `v1.34.4`, `1.34.4`, and the label `stable-1.34`; other labels leave it open, and so does what comes before a release.
 * Of a version that kubeadm takes there need not be images.
 */
export const readVersion = (reader: Reader, value: unknown): void => {
  if (value === undefined || value === null) return;
  if (typeof value !== 'string') {
    reader.problem(at, `expected text such as v1.34.4, received ${describeValue(value, true)}`);
    return;
  }
  const [, minor, patch, suffix] = exact.exec(value) ?? [];
  const named = label.exec(value);
  const isOpen = (named !== null && named[1] === undefined) || (minor !== undefined && isPreRelease(value));
  if (value === '' || isOpen || build.test(value)) {
    reader.noVersion(at, `kubernetesVersion ${value} names no version that is known by itself`);
  } else if (minor === undefined && named === null) {
    const isShort = /^v?1\.\d+$/.test(value);
    const expected = isShort ? 'a whole version such as v1.34.4' : 'a version that kubeadm takes, such as v1.34.4';
    reader.problem(at, `expected ${expected}, received ${describeValue(value)}`);
  } else if (!knownMinors.includes(Number(minor ?? named?.[1]))) {
    reader.problem(at, `expected a version from ${versionRange}, received ${describeValue(value)}`);
  } else if (minor === undefined || patch === undefined) reader.version(`v1.${named?.[1]}`, at);
  else {
    reader.version(`v1.${minor}.${patch}`, at);
    if (suffix === '' && isRelease(minor, patch)) return;
    reader.leaveUnread(at, `${describeValue(value)} is no release of Kubernetes: there may be no images of it`);
  }
};
