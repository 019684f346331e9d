/** Checks that SVG and XHTML-like text is well formed: tags nest, attributes are quoted, no bare signs. */
export function checkWellFormed(text: string): void {
  const open: string[] = [];
  const token = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>|([^<]+)/gy;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match === null) throw new Error(`malformed at: ${text.slice(at, at + 60)}`);
    const [, closing, name, , selfClosing, content] = match;
    if (content !== undefined) {
      if (/&(?!(amp|lt|gt|quot|#39);)/.test(content)) throw new Error(`bare &: ${content}`);
    } else if (closing) {
      const expected = open.pop();
      if (expected !== name) throw new Error(`</${name}> closes <${expected}>`);
    } else if (!selfClosing) open.push(name!);
  }
  if (open.length > 0) throw new Error(`left open: ${open}`);
}
