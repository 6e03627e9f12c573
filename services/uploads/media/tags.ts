/** What players show of a song stays: its title, who made it, its cover. Who bought, wrote or recorded it goes. Pure. */
import { type Box, boxesIn, emptied } from "./boxes";
import { type Patch } from "./source";

const songTags = new Set([
  "\xa9nam",
  "\xa9ART",
  "aART",
  "\xa9alb",
  "\xa9gen",
  "gnre",
  "\xa9day",
  "trkn",
  "disk",
  "covr",
]);

/** A cover is a picture, and may say itself where it was taken. */
export const tellsPlace = (picture: Buffer): boolean =>
  ["Exif\0", "eXIf", "http://ns.adobe.com/"].some((sign) => picture.includes(Buffer.from(sign, "latin1")));

/**
 * Of iTunes' list in the user data of an M4A what does not stay.
 * @param base where the first of `bytes` stands in the file
 */
export function tagsToKeep(bytes: Buffer, base: number, userData: Box): Patch[] {
  return boxesIn(bytes, base, userData.body, userData.end).flatMap((box) => {
    if (box.type !== "meta") return emptied(box);
    // A full box in MP4: four bytes of version and flags come first.
    const body =
      bytes.toString("latin1", box.body - base + 4, box.body - base + 8) === "hdlr" ? box.body : box.body + 4;
    return boxesIn(bytes, base, body, box.end).flatMap((part) => {
      if (part.type === "hdlr" || part.type === "free") return [];
      if (part.type !== "ilst") return emptied(part);
      const stays = (item: Box): boolean =>
        songTags.has(item.type) && !tellsPlace(bytes.subarray(item.body - base, item.end - base));
      return boxesIn(bytes, base, part.body, part.end).flatMap((item) => (stays(item) ? [] : emptied(item)));
    });
  });
}
