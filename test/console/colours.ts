/** Colours as people see them: contrast after WCAG 2.2, difference after CIEDE2000, deficiencies after Machado et al. 2009. */

export type Rgb = readonly [number, number, number]

export function rgbOf(hex: string): Rgb {
  const at = (n: number) => Number.parseInt(hex.slice(1 + 2 * n, 3 + 2 * n), 16) / 255
  return [at(0), at(1), at(2)]
}

const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
const times = (matrix: readonly Rgb[], [a, b, c]: Rgb) =>
  matrix.map(([x, y, z]) => x * a + y * b + z * c) as unknown as Rgb

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map(linear) as unknown as Rgb
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

/** Of full severity, for linear RGB. */
const machado = {
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
} as const satisfies Record<string, readonly Rgb[]>

export type Deficiency = keyof typeof machado
export const deficiencies = Object.keys(machado) as Deficiency[]

/** In CIELAB, D65, as somebody with that deficiency sees it. */
export function seen(colour: Rgb, by?: Deficiency): Rgb {
  const flat = colour.map(linear) as unknown as Rgb
  const rgb = by
    ? (times(machado[by], flat).map(each => Math.min(1, Math.max(0, each))) as unknown as Rgb)
    : flat
  const [x, y, z] = times(
    [
      [0.4124564, 0.3575761, 0.1804375],
      [0.2126729, 0.7151522, 0.072175],
      [0.0193339, 0.119192, 0.9503041],
    ],
    rgb,
  )
  const f = (t: number) => (t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29)
  const [fx, fy, fz] = [f(x / 0.95047), f(y), f(z / 1.08883)]
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)]
}

const radians = (degrees: number) => (degrees * Math.PI) / 180
const hue = (a: number, b: number) =>
  a === 0 && b === 0 ? 0 : ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360

/** CIEDE2000 (Sharma, Wu and Dalal 2005) of two colours in CIELAB. */
export function difference([l1, a1, b1]: Rgb, [l2, a2, b2]: Rgb): number {
  const c = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2
  const g = 1.5 - 0.5 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7))
  const [c1, c2] = [Math.hypot(a1 * g, b1), Math.hypot(a2 * g, b2)]
  const [h1, h2] = [hue(a1 * g, b1), hue(a2 * g, b2)]
  const apart = Math.abs(h1 - h2) > 180
  const dh = c1 * c2 === 0 ? 0 : apart ? h2 - h1 + (h2 <= h1 ? 360 : -360) : h2 - h1
  const dH = 2 * Math.sqrt(c1 * c2) * Math.sin(radians(dh / 2))
  const sum = h1 + h2
  const h = c1 * c2 === 0 ? sum : apart ? (sum + (sum < 360 ? 360 : -360)) / 2 : sum / 2
  const [l, cc] = [(l1 + l2) / 2, (c1 + c2) / 2]
  const cos = (factor: number, offset: number) => Math.cos(radians(factor * h + offset))
  const t = 1 - 0.17 * cos(1, -30) + 0.24 * cos(2, 0) + 0.32 * cos(3, 6) - 0.2 * cos(4, -63)
  const sl = 1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2)
  const [sc, sh] = [1 + 0.045 * cc, 1 + 0.015 * cc * t]
  const turn = 30 * Math.exp(-(((h - 275) / 25) ** 2))
  const rt = -2 * Math.sqrt(cc ** 7 / (cc ** 7 + 25 ** 7)) * Math.sin(radians(2 * turn))
  const [dl, dc, dhue] = [(l2 - l1) / sl, (c2 - c1) / sc, dH / sh]
  return Math.sqrt(dl ** 2 + dc ** 2 + dhue ** 2 + rt * dc * dhue)
}
