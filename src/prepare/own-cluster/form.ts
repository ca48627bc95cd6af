import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { formProblems, type Method, type RequestForm } from '../../backend/index.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { counted } from '../../common/text/counted.ts';

/** What is asked of a Service that stands there, as it was typed. */
export type FormOption = {
  readonly serviceMethod?: string;
  /** `Name: value`, each; or `@FILE`, which has one a line. */
  readonly serviceHeader?: readonly string[];
  /** A file. */
  readonly serviceBody?: string;
  /** A file of certificates in PEM: the Service speaks TLS, and is verified by these. */
  readonly serviceCa?: string;
  /** The Service speaks TLS, and nobody verifies it. */
  readonly serviceInsecure?: boolean;
  /** The name that its certificate is of, where that is not the Service's own. */
  readonly serviceHost?: string;
};

/** In the order in which they are named. */
export const formOnly = [
  ...(['serviceMethod', 'serviceHeader', 'serviceBody'] as const),
  ...(['serviceCa', 'serviceInsecure', 'serviceHost'] as const),
] as const;

const invalid = (option: string, expected: string, received: string, next: string): SkipbeatError =>
  new SkipbeatError('CONTEXT_OPTION_INVALID', `--${option}: expected ${expected}, received ${received}.`, {
    exitCode: exitCodes.usage,
    next,
  });

const readBytes = (option: string, file: string): Buffer => {
  try {
    return readFileSync(file);
  } catch (thrown) {
    throw invalid(option, 'a file that can be read', `${JSON.stringify(file)}: ${messageOf(thrown)}`, `ls -l ${file}`);
  }
};

/** Words go as UTF-8: bytes that are none would be sent as others than the file holds. */
const readText = (option: string, file: string, next: string): string => {
  const bytes = readBytes(option, file);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid(option, 'text in UTF-8', `${JSON.stringify(file)}, which is not`, next);
  }
};

const readBody = (file: string): string => readText('service-body', file, 'a body in JSON, in a form, or another text');

const certificate = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs;

/** The certificates of a file and nothing else of it: a private key beside them goes nowhere. */
const readCa = (file: string): string => {
  const found = readBytes('service-ca', file).toString('latin1').match(certificate) ?? [];
  try {
    if (found.length === 0) throw new Error('no BEGIN CERTIFICATE in it');
    for (const each of found) new X509Certificate(each);
  } catch (thrown) {
    const next =
      'kubectl get configmap kube-root-ca.crt --output jsonpath={.data.ca\\.crt}   (where the cluster has signed it)';
    throw invalid('service-ca', 'certificates in PEM', `${JSON.stringify(file)}: ${messageOf(thrown)}`, next);
  }
  return `${found.join('\n')}\n`;
};

/** @param where of a file's line; '': on the command line */
const headerOf = (text: string, where = ''): readonly [string, string] => {
  const at = text.indexOf(':');
  // Not shown: it may be somebody's secret.
  if (at < 1)
    throw invalid('service-header', 'NAME: VALUE', `one without a colon${where}`, "--service-header 'X-Team: shop'");
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
};

/** A file with one header a line, as curl(1) takes it: unlike the command line, no list of processes shows what stands there. */
const headersOfFile = (file: string): readonly (readonly [string, string])[] => {
  const lines = readText('service-header', file, "one header a line: 'X-Team: shop'").split(/\r?\n/);
  const headers = lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [headerOf(line, ` on line ${index + 1} of ${JSON.stringify(file)}`)],
  );
  if (headers.length > 0) return headers;
  throw invalid('service-header', 'a header a line', `${JSON.stringify(file)}, which has none`, `cat ${file}`);
};

/**
 * Reads what each request is to be beside its path.
 * @param serverName of the Service, where no other is said
 * @throws SkipbeatError CONTEXT_OPTION_INVALID (exit 64)
 */
export const readForm = (option: FormOption, serverName: string): RequestForm => {
  const { serviceMethod, serviceHeader = [], serviceBody, serviceCa, serviceInsecure, serviceHost } = option;
  if (serviceCa !== undefined && serviceInsecure === true) {
    throw invalid('service-insecure', 'no --service-ca beside it', 'both', 'leave one of the two out');
  }
  const isSecure = serviceCa !== undefined || serviceInsecure === true;
  if (serviceHost !== undefined && !isSecure) {
    const next = '--service-ca FILE; over plain HTTP it is --service-header "Host: NAME"';
    throw invalid('service-host', '--service-ca or --service-insecure beside it', JSON.stringify(serviceHost), next);
  }
  const headers = serviceHeader.flatMap((text) =>
    text.startsWith('@') ? headersOfFile(text.slice(1)) : [headerOf(text)],
  );
  const form: RequestForm = {
    ...(serviceMethod === undefined || serviceMethod === 'GET' ? {} : { method: serviceMethod as Method }),
    ...(headers.length === 0 ? {} : { headers }),
    ...(serviceBody === undefined ? {} : { body: readBody(serviceBody) }),
    ...(isSecure
      ? { tls: { serverName: serviceHost ?? serverName, ca: serviceCa === undefined ? null : readCa(serviceCa) } }
      : {}),
  };
  const [problem] = formProblems(form);
  if (problem !== undefined) {
    const option = { method: 'service-method', body: 'service-body', 'tls.serverName': 'service-host' }[problem.field];
    const next = "--service-method POST --service-header 'X-Team: shop' --service-body FILE";
    throw invalid(option ?? 'service-header', problem.expected, JSON.stringify(problem.received), next);
  }
  return form;
};

/** `POST over TLS, by a CA of yours, as web.shop.svc, with Authorization and a body of 12 bytes`. Values of headers stay untold. */
export const formText = ({ headers = [], body, tls }: RequestForm): string => {
  const secured =
    tls === undefined
      ? []
      : [`over TLS as ${tls.serverName}, ${tls.ca === null ? 'which nobody verifies' : 'verified by --service-ca'}`];
  const beside = headers.length === 0 ? [] : [`with ${headers.map(([name]) => name).join(', ')}`];
  const bytes = body === undefined ? [] : [`with a body of ${counted(Buffer.byteLength(body), 'byte')}`];
  const all = [...secured, ...beside, ...bytes];
  return all.length === 0 ? '' : `; ${all.join('; ')}`;
};
