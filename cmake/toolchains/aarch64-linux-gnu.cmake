# Cross-building for 64-bit ARM with Debian's and Ubuntu's compiler (g++-aarch64-linux-gnu); tests run under qemu-user. Headers are
# those of the host, libraries those in /usr/lib/aarch64-linux-gnu (packages of architecture arm64), if there are any.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64;-L;/usr/aarch64-linux-gnu)
