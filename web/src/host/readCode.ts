/** What a QR code in a picture says: by the phone's own reader where it has one, else by ours. */
import decode from 'qr/decode.js'

interface Found {
  rawValue: string
}
type Detector = new (how: { formats: string[] }) => { detect: (picture: ImageBitmapSource) => Promise<Found[]> }

const own = (): Detector | null => (globalThis as { BarcodeDetector?: Detector }).BarcodeDetector ?? null

export async function readCode(picture: HTMLVideoElement | ImageBitmap, width: number, height: number): Promise<string | null> {
  if (!width || !height) return null
  const Native = own()
  if (Native) {
    const [found] = await new Native({ formats: ['qr_code'] }).detect(picture).catch(() => [])
    if (found) return found.rawValue
  }
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width, height })
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  if (!pen) return null
  pen.drawImage(picture, 0, 0, width, height)
  const { data } = pen.getImageData(0, 0, width, height)
  try {
    return decode({ width, height, data }) || null
  } catch {
    return null // there is no code in it
  }
}
