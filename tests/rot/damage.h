// What is done to a store behind its back: single bits, pages, whole files, the whole folder.
//
// An edit is written KIND:FILE:NUMBER:NUMBER…, and means the same on every sample of one seed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/rot/sample.h"

namespace reprise::rot {

struct Edit {
  enum class Kind : std::uint8_t {
    flip,         ///< FILE:OFFSET:BIT
    zero,         ///< FILE:OFFSET:SIZE
    swap,         ///< FILE:OFFSET:OFFSET:SIZE: two pages.
    stale,        ///< FILE:OFFSET:SIZE:MOMENT: a page as it was then.
    alien,        ///< FILE:OFFSET:SIZE:OTHER: a page of another file.
    cut,          ///< FILE:SIZE
    missing,      ///< FILE
    older,        ///< FILE:MOMENT: the file as it was then.
    replaced,     ///< FILE:OTHER: the bytes of another file.
    added,        ///< FILE:OTHER: a file nobody asked for, with the bytes of another; or rubbish.
    database,     ///< -:MOMENT: the whole database as it was then, beside the anchor of now.
    whole_folder  ///< -:MOMENT: the whole store as it was then.
  };
  Kind kind = Kind::flip;
  std::string file = "-";
  std::array<std::uint64_t, 3> numbers{};
};
using Damage = std::vector<Edit>;

[[nodiscard]] std::string to_text(const Edit& edit);
[[nodiscard]] std::optional<Edit> edit_from(std::string_view text);

/// Changes `tree`, the sample's own or one damaged already. False when the edit leaves it as it is.
bool apply(const Sample& sample, const Edit& edit, Tree& tree);

/// Return false to stop.
using EachEdit = std::function<bool(const Edit&)>;

/// Which files the flips are for.
enum class Files : std::uint8_t {
  small,   ///< Anchor, CURRENT, MANIFEST.
  large,   ///< Write-ahead and data files.
  unread,  ///< Those that RocksDB keeps beside: what they say is not needed.
};
[[nodiscard]] Files kind_of(std::string_view name);
[[nodiscard]] std::vector<std::string> files_of(const Tree& tree, Files which);

/// One bit of each `stride`-th byte of the files, round after round another one: eight rounds are
/// all bits. `drawn` says with which bit and in which byte it begins. Which bits they are does not
/// depend on how long the files are.
bool each_flip(const Sample& sample, Files which, unsigned round, std::size_t stride,
               std::uint64_t drawn, const EachEdit& each);
/// Every edit that is no flip.
bool each_other(const Sample& sample, const EachEdit& each);

}  // namespace reprise::rot
