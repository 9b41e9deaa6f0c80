import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import type { Redactor } from './redactor.ts';

/** Tells how much was kept from the provider, and never what; undefined where nothing was. */
export function redactWarning({ counts }: Redactor, restored: boolean): Warning | undefined {
  if (counts.size === 0) return undefined;
  const found = [...counts].map(([kind, count]) => `${kind} ${count}`).join(', ');
  const back = restored ? ', and put back where the answer repeats them' : '';
  const message = `Placeholders went to the provider instead of these values${back}: ${found}.`;
  return { code: 'CONTENT_REDACTED', message, field: '' };
}
