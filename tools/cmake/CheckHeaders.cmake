# Target checkheaders: each header of each room compiles alone, in its room's surroundings.
# A header that needs another one included before it breaks the first embedder who reorders.

function(reprise_check_headers)
  set(units ${CMAKE_CURRENT_BINARY_DIR}/checkheaders)
  add_custom_target(checkheaders)
  foreach(room api journal replay runtime)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} ${room}/*.h)
    set(sources "")
    foreach(header ${headers})
      set(unit ${units}/${header}.cc)
      file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"@header@\"\n#include \"@header@\"\n" @ONLY)
      list(APPEND sources ${unit})
    endforeach()
    if(sources)
      add_library(checkheaders_${room} OBJECT EXCLUDE_FROM_ALL ${sources})
      target_include_directories(checkheaders_${room} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
      # What the room itself is compiled with, no more.
      foreach(property INCLUDE_DIRECTORIES COMPILE_OPTIONS COMPILE_DEFINITIONS LINK_LIBRARIES)
        set_property(TARGET checkheaders_${room} APPEND PROPERTY ${property}
          $<TARGET_PROPERTY:reprise_${room},${property}>)
      endforeach()
      target_include_directories(checkheaders_${room} SYSTEM PRIVATE ${REPRISE_GENERATED})
      target_compile_options(checkheaders_${room} PRIVATE -O0 -g0)
      add_dependencies(checkheaders_${room} reprise_schemas)
      add_dependencies(checkheaders checkheaders_${room})
    endif()
  endforeach()
endfunction()
