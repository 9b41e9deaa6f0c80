import type { Answer } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { Role } from '../../gen/sluice/v1/message.ts';
import { malformed, parseObjects } from '../shared/json.ts';
import type { ResponseReader } from './response-reader.ts';

/** Maps a whole answer. One that comes as a list of chunks, as streams without SSE do, is as good. */
export function mapAnswer(body: string, reader: ResponseReader, warnings: Warning[]): Answer {
  const parts = parseObjects(body).flatMap((response) => reader.read(response));
  const ending = reader.ending();
  if (!ending) throw malformed('it does not say why the model stopped');
  const { citations, ...end } = ending;
  return { message: { role: Role.ASSISTANT, parts: [...parts, ...citations], name: '' }, ...end, warnings };
}
