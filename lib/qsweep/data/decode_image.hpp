#pragma once

#include "qsweep/data/image.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qsweep {

/// Decodes a JPEG or PNG, told apart by its first bytes, to 8-bit RGB: the same bytes as Pillow's
/// `Image.open(path).convert("RGB")`, except that 16-bit gray PNGs keep their high byte (Pillow
/// clips them). Gray becomes three equal channels, alpha is dropped. Throws IoError if the file is
/// neither, damaged or cut off.
Image decode_image(const std::string& path);

/// Throws IoError for more pixels than any photograph has: a header of some bytes can claim them.
void check_pixels(int64_t width, int64_t height, const std::string& path);

// The parts; `path` is for messages.
Image decode_jpeg(const std::vector<uint8_t>& bytes, const std::string& path);
Image decode_png(const std::vector<uint8_t>& bytes, const std::string& path);

}  // namespace qsweep
