import { parseDurationMs } from '../../../common/duration.ts';
import { isMapping } from '../../../common/plain-data.ts';
import { isAddress } from '../values/addresses.ts';

/** Whether kubeadm takes what stands at a field, and sets up what is predicted. */
export type IsTaken = (value: unknown) => boolean;

/** What is left out is as it should be, and what kubeadm does not know, it leaves out. */
export const fields =
  (keys: Readonly<Record<string, IsTaken>>): IsTaken =>
  (value) =>
    isMapping(value) && Object.entries(keys).every(([key, is]) => (value[key] ?? null) === null || is(value[key]));

export const both =
  (...all: readonly IsTaken[]): IsTaken =>
  (value) =>
    all.every((is) => is(value));

export const text =
  (pattern = /(?:)/): IsTaken =>
  (value) =>
    typeof value === 'string' && pattern.test(value);

/** Empty text is a field that is left out. */
export const textOrNone =
  (pattern: RegExp): IsTaken =>
  (value) =>
    value === '' || text(pattern)(value);

export const listOf =
  (is: IsTaken): IsTaken =>
  (value) =>
    Array.isArray(value) && value.every(is);

export const among =
  (...values: readonly unknown[]): IsTaken =>
  (value) =>
    values.includes(value);

export const isBoolean: IsTaken = (value) => typeof value === 'boolean';

/** A duration of Go in text, `4m0s`. */
export const lasting =
  (minMs: number): IsTaken =>
  (value) => {
    const ms = typeof value === 'string' ? parseDurationMs(value) : null;
    return ms !== null && ms >= minMs;
  };

/** 0 is one that is left out. */
export const isPort: IsTaken = (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535;

export const path = text(/^\/\S*$/);

const label = /[a-z\d](?:[a-z\d-]*[a-z\d])?/.source;
const domain = new RegExp(`^${label}(?:\\.${label})*$`);

/** @see apimachinery pkg/util/validation, IsDNS1123Subdomain */
export const isDomain: IsTaken = (value) => typeof value === 'string' && value.length <= 253 && domain.test(value);

/** kubeadm takes the capitals out of a node's name and of the API server's names. */
export const inSmallLetters =
  (is: IsTaken): IsTaken =>
  (value) =>
    typeof value === 'string' && is(value.toLowerCase());

/** A name that a certificate is for. @see kubernetes cmd/kubeadm/app/apis/kubeadm/validation, ValidateCertSANs */
export const isCertificateName: IsTaken = (value) =>
  typeof value === 'string' && (isAddress(value) || isDomain(value.replace(/^\*\./, '')));

/** `host` or `host:port`. @see kubernetes cmd/kubeadm/app/util/endpoint.go, ParseHostPort */
export const isEndpoint: IsTaken = (value) => {
  const [, host = '', number] = /^(\[[^\]]+\]|[^:]*)(?::(\d+))?$/.exec(String(value)) ?? [];
  if (typeof value !== 'string' || (number !== undefined && (Number(number) === 0 || !isPort(Number(number))))) {
    return false;
  }
  return host.startsWith('[') ? host.includes(':') && isAddress(host.slice(1, -1)) : isDomain(host);
};

const word = /[a-z\d]+(?:(?:\.|__?|-+)[a-z\d]+)*/.source;

/** A registry and the path in it. @see github.com/distribution/reference, ReferenceRegexp */
export const isRepository = text(
  new RegExp(
    `^(?:[a-zA-Z\\d](?:[a-zA-Z\\d-]*[a-zA-Z\\d])?(?:\\.[a-zA-Z\\d](?:[a-zA-Z\\d-]*[a-zA-Z\\d])?)*(?::\\d+)?|${word})(?:/${word})*$`,
  ),
);
