# An interaction in ability tests, factors of unit variance.
source("../write_sam.R")
align_products()
data <- read_data("holzinger_swineford.csv")
fit <- sam(read_model(), data = data, std.lv = TRUE)
write_sam(fit)
