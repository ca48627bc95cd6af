import { type ClusterAccess, renewOnRefusal } from '../cluster/index.ts';
import { unlessAborted } from '../common/wait.ts';

export type GetOptions = { readonly access: ClusterAccess; readonly signal: AbortSignal; readonly timeoutMs: number };

type HttpLibrary = InstanceType<ClusterAccess['client']['IsomorphicFetchHttpLibrary']>;
type Answer = Awaited<ReturnType<ReturnType<HttpLibrary['send']>['toPromise']>>;

/** Asks at a path. The signal ends the request at any time: before it is answered, and while its body comes. */
export const open = async (path: string, { client, config }: ClusterAccess, signal: AbortSignal): Promise<Answer> => {
  const server = config.getCurrentCluster()?.server ?? '';
  const context = new client.RequestContext(server + path, client.HttpMethod.GET);
  await unlessAborted(config.applySecurityAuthentication(context), signal);
  context.setSignal(signal);
  const library = new client.IsomorphicFetchHttpLibrary();
  const sendOnce = () => library.send(context).toPromise();
  return renewOnRefusal(context, await sendOnce(), sendOnce);
};

/**
 * What the API server says at a path, as it says it: unparsed by the client's models, so that unknown fields stay.
 * @throws what the connection or the signal failed with; TimeoutError after `timeoutMs`
 */
export const get = async (
  path: string,
  { access, signal, timeoutMs }: GetOptions,
): Promise<{ readonly status: number; readonly text: string }> => {
  const response = await open(path, access, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
  return { status: response.httpStatusCode, text: await response.body.text() };
};
