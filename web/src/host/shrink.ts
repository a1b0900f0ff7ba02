/** A picture made small before it leaves the phone; what the camera wrote beside it (where, when) stays behind. */
export interface Paper {
  name: string
  media_type: string
  base64: string
}

const SIDES = [1600, 1200, 900, 640, 480, 320] as const

export async function small(file: Blob & { name?: string }, most: number): Promise<Paper> {
  const bitmap = await createImageBitmap(file)
  for (const side of SIDES) {
    for (const quality of [0.8, 0.6, 0.42]) {
      const blob = await drawn(bitmap, side, quality)
      if (blob.size <= most || (side === SIDES.at(-1) && quality < 0.5)) {
        bitmap.close()
        return { name: (file.name ?? 'photo').replace(/\.\w+$/, '.jpg'), media_type: 'image/jpeg', base64: await base64(blob) }
      }
    }
  }
  throw new Error('unreachable: the smallest size is always taken')
}

async function drawn(bitmap: ImageBitmap, side: number, quality: number): Promise<Blob> {
  const share = Math.min(1, side / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * share))
  canvas.height = Math.max(1, Math.round(bitmap.height * share))
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality))
  if (!blob) throw new Error('the picture could not be drawn')
  return blob
}

async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let said = ''
  for (const byte of bytes) said += String.fromCharCode(byte)
  return btoa(said)
}
