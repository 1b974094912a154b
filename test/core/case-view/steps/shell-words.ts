/** A word as a shell reads it, and the variables it fills in there. */
export interface ShellWord {
  readonly text: string;
  readonly variables: readonly string[];
}

/**
 * The words of one simple command as a POSIX shell reads them (XCU 2.2). Whatever could make it more than that, outside of
 * quotes or filled in within double quotes, throws: pipes, lists, redirections, globs, substitutions, comments.
 */
export function shellWords(command: string): ShellWord[] {
  const words: ShellWord[] = [];
  let text = '';
  let variables: string[] = [];
  let isOpen = false;
  const end = () => {
    if (isOpen) words.push({ text, variables });
    [text, variables, isOpen] = ['', [], false];
  };
  for (let at = 0; at < command.length; ) {
    const rest = command.slice(at);
    const quoted = /^'([^']*)'/.exec(rest);
    const doubled = /^"((?:[^"$`\\!]|\$[A-Z_]+)*)"/.exec(rest);
    const escaped = /^\\'/.exec(rest);
    const gap = /^(?:[ \t]|\\\n)+/.exec(rest);
    const plain = /^[\w%+,./:@=-]+/.exec(rest);
    const found = quoted ?? doubled ?? escaped ?? gap ?? plain;
    if (found === null) throw new Error(`not one simple command at: ${rest.slice(0, 30)}`);
    if (gap !== null) end();
    else isOpen = true;
    if (quoted !== null) text += quoted[1] ?? '';
    else if (doubled !== null) {
      variables.push(...[...(doubled[1] ?? '').matchAll(/\$([A-Z_]+)/g)].map(([, name = '']) => name));
      text += doubled[1] ?? '';
    } else if (escaped !== null) text += "'";
    else if (plain !== null) text += plain[0];
    at += found[0].length;
  }
  end();
  return words;
}
