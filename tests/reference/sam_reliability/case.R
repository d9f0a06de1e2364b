# A single item of known reliability.
source("../write_sam.R")
data <- read_data("chain.csv")
fit <- sam(read_model(), data = data)
write_sam(fit)
