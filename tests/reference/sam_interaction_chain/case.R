# An interaction beside a covariate and an ordinary mediator.
source("../write_sam.R")
align_products()
data <- read_data("chain.csv")
fit <- sam(read_model(), data = data)
write_sam(fit)
