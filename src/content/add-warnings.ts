import type { CompletionEvent, Show } from '../completion/ports/events.ts';
import type { Warning } from '../gen/sluice/v1/completion_service.ts';

/** Shows the warning with the beginning of the answer, and again with each new beginning, which voids what came before. */
export function addWarnings(show: Show, warning: Warning | undefined): Show {
  if (!warning) return show;
  const told: CompletionEvent = { $case: 'warning', value: warning };
  return (events) => show(events.some(isBeginning) ? events.flatMap(withWarning) : events);

  function withWarning(event: CompletionEvent): CompletionEvent[] {
    return isBeginning(event) ? [event, told] : [event];
  }
}

function isBeginning(event: CompletionEvent): boolean {
  return event.$case === 'started' || (event.$case === 'failedOver' && event.value.discardPrevious);
}
