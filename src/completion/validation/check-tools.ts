import type { CompleteRequest } from '../../gen/sluice/v1/completion_service.ts';
import { type ToolChoice, ToolMode } from '../../gen/sluice/v1/tool.ts';
import type { Fault } from './fault.ts';
import { isJsonObject } from './json-text.ts';

// What all vendors take for a name.
const namePattern = /^[A-Za-z0-9_-]{1,64}$/;
const nameRule = 'is not 1 to 64 letters, digits, _ or -';

export function checkTools({ tools, toolChoice, responseFormat }: CompleteRequest, fault: Fault): void {
  const names = new Set<string>();
  tools.forEach(({ name, parameters }, t) => {
    if (!namePattern.test(name)) fault(`tools[${t}].name`, nameRule);
    else if (names.has(name)) fault(`tools[${t}].name`, `"${name}" is the name of another tool too`);
    names.add(name);
    if (parameters !== '' && !isJsonObject(parameters)) {
      fault(`tools[${t}].parameters`, 'is not the text of a JSON object; give a JSON Schema, or nothing');
    }
  });
  if (toolChoice) checkChoice(toolChoice, names, fault);
  const format = responseFormat?.format;
  if (format?.$case !== 'jsonSchema') return;
  const { name, schema } = format.value;
  if (name !== '' && !namePattern.test(name)) fault('response_format.json_schema.name', nameRule);
  if (!isJsonObject(schema)) fault('response_format.json_schema.schema', 'is not the text of a JSON object');
}

function checkChoice({ choice }: ToolChoice, names: ReadonlySet<string>, fault: Fault): void {
  if (choice?.$case === 'name' && !names.has(choice.value)) {
    fault('tool_choice.name', `"${choice.value.slice(0, 64)}" is not the name of one of the tools`);
  }
  if (choice?.$case !== 'mode') return;
  if (choice.value === ToolMode.UNRECOGNIZED)
    fault('tool_choice.mode', 'is a mode that this version does not know');
  if (choice.value === ToolMode.REQUIRED && names.size === 0) {
    fault('tool_choice.mode', 'is TOOL_MODE_REQUIRED, but there are no tools');
  }
}
