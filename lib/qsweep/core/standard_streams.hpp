#pragma once

namespace qsweep {

/// Takes the place of each standard stream that the program was started without, so that no file
/// that it opens gets the stream's number. Reading gives the end, writing fails as before.
void open_standard_streams();

}  // namespace qsweep
