/** A text as it stands in HTML, between quotes or not. */
export function escaped(text: string): string {
  return text.replace(/[&<>"\r\n\t\0]/g, character => `&#${character.charCodeAt(0)};`)
}

/** A whole document. */
export function page(body: string, head = '<meta charset="utf-8">'): Buffer {
  return Buffer.from(
    `<!doctype html><html><head>${head}<title>Shop</title></head><body>${body}</body></html>`,
  )
}
